// Asks the ClickHouse of the first argument for answers and deployments, with ClickHouse's own client for Node.js. Prints one JSON object.
import { createClient } from '@clickhouse/client';

const client = createClient({ url: process.argv[2], database: 'streamdeploy' });
const rows = async (query) => (await client.query({ query, format: 'JSONEachRow' })).json();
const complete = async () => {
  // The demo says it is up when the answers are in ClickHouse; the deployments come by a topic of their own.
  for (const giveUpAt = Date.now() + 60_000; ;) {
    const deployments = await rows('SELECT kind FROM deployments ORDER BY toString(kind)');
    if (deployments.length >= 4 || Date.now() > giveUpAt) return deployments;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};
const deployments = await complete();
const enrichments = await rows('SELECT alert_id, outcome FROM enrichments ORDER BY alert_id');
console.log(JSON.stringify({ enrichments, deployments }));
await client.close();
