// Uses ClickHouse's own client for Node.js against the server of the first argument. Prints a line per step; a failed step ends it with a stack.
import assert from 'node:assert/strict';
import { createClient, ClickHouseError } from '@clickhouse/client';

const url = process.argv[2];
const client = createClient({ url, compression: { request: true, response: true }, clickhouse_settings: { max_threads: 2 } });
const step = async (name, run) => { await run(); console.log(`ok ${name}`); };

await step('ping', async () => assert.deepEqual(await client.ping(), { success: true }));

await step('command', async () => {
  const { query_id, summary } = await client.command({
    query: 'CREATE TABLE client_test (id UInt64, name String, at DateTime64(3)) ENGINE = MergeTree ORDER BY id',
    clickhouse_settings: { wait_end_of_query: 1 },
  });
  assert.match(query_id, /^[0-9a-f-]{36}$/);
  assert.ok(summary);
});

await step('insert JSONEachRow', async () => {
  const values = [...Array(5000).keys()].map((id) => ({ id, name: `n${id}\n\n; DROP TABLE client_test`, at: '2026-01-01 12:00:00.123' }));
  const { summary } = await client.insert({ table: 'client_test', values, format: 'JSONEachRow' });
  assert.equal(summary.written_rows, '5000');
});

await step('insert a stream of CSV', async () => {
  const { Readable } = await import('node:stream');
  await client.insert({ table: 'client_test', values: Readable.from(['6000,"a,b",2026-01-01 00:00:00\n', '6001,c,2026-01-02 00:00:00\n'], { objectMode: false }), format: 'CSV', columns: ['id', 'name', 'at'] });
});

await step('query JSON with parameters', async () => {
  const rows = await client.query({
    query: 'SELECT id, name FROM client_test WHERE id IN {ids:Array(UInt64)} AND name != {not:String} ORDER BY id',
    query_params: { ids: [1, 6000], not: "it's\\ \n'x'" },
    format: 'JSON',
  });
  const json = await rows.json();
  assert.equal(json.rows, 2);
  assert.equal(json.meta[0].type, 'UInt64');
  assert.deepEqual(json.data[1], { id: 6000, name: 'a,b' });
});

await step('query JSONEachRow as a stream', async () => {
  const rows = await client.query({ query: 'SELECT id FROM client_test ORDER BY id', format: 'JSONEachRow' });
  let count = 0;
  for await (const chunk of rows.stream()) for (const row of chunk) { row.json(); count++; }
  assert.equal(count, 5002);
});

await step('exec', async () => {
  const { stream } = await client.exec({ query: 'SELECT 42 FORMAT TabSeparated' });
  let text = '';
  for await (const chunk of stream) text += chunk;
  assert.equal(text, '42\n');
});

await step('an error has its code and type', async () => {
  await assert.rejects(client.query({ query: 'SELECT * FROM no_such_table' }), (e) => e instanceof ClickHouseError && e.code === '60' && e.type === 'UNKNOWN_TABLE');
  await assert.rejects(client.query({ query: 'selec 1' }), (e) => e instanceof ClickHouseError && e.code === '62' && e.type === 'SYNTAX_ERROR');
  await assert.rejects(client.insert({ table: 'client_test', values: [{ id: 'x' }], format: 'JSONEachRow' }), (e) => e instanceof ClickHouseError && e.code === '27');
});

await step('a session is refused', async () => {
  const session = createClient({ url, session_id: 'mine' });
  await assert.rejects(session.query({ query: 'SELECT 1' }), (e) => e instanceof ClickHouseError && e.code === '48');
  await session.close();
});

await step('an aborted query leaves the client usable', async () => {
  const abort = new AbortController();
  const query = client.query({ query: 'SELECT sum(sipHash64(number)) FROM numbers(2000000000)', abort_signal: abort.signal });
  setTimeout(() => abort.abort(), 50);
  await assert.rejects(query);
  assert.equal((await (await client.query({ query: 'SELECT count() AS c FROM client_test', format: 'JSON' })).json()).data[0].c, 5002);
});

await client.close();
