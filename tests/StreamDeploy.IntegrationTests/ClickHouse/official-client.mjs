// Uses ClickHouse's own client for Node.js against the server of the first argument. Prints a line per step; a failed step ends it with a stack.
import assert from 'node:assert/strict';
import { createClient as create, ClickHouseError, ClickHouseLogLevel, TupleParam } from '@clickhouse/client';

const url = process.argv[2];
// Errors are part of the test: what the client logs of them would hide the one that counts.
const createClient = (options) => create({ log: { level: ClickHouseLogLevel.OFF }, ...options });
const client = createClient({ url, compression: { request: true, response: true }, clickhouse_settings: { max_threads: 2 } });
const count = async (one) => (await (await one.query({ query: 'SELECT count() AS c FROM client_test', format: 'JSONEachRow' })).json())[0].c;
const running = async (id) => (await (await client.query({ query: 'SELECT toUInt32(count()) AS c FROM system.processes WHERE query_id = {id:String}', query_params: { id }, format: 'JSONEachRow' })).json())[0].c;
const eventually = async (holds) => {
  for (const until = Date.now() + 30_000; !(await holds());) assert.ok(Date.now() < until, 'not within 30 s: ' + holds);
};
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

await step('insert streams of several formats', async () => {
  const { Readable } = await import('node:stream');
  const bytes = (...parts) => Readable.from(parts, { objectMode: false });
  const row = (id) => [id, `n${id}`, '2026-01-01 00:00:00'];
  await client.insert({ table: 'client_test', values: bytes('7000\tn\t2026-01-01 00:00:00\n', '7001\ta\\tb\t2026-01-01 00:00:00\n'), format: 'TabSeparated' });
  await client.insert({ table: 'client_test', values: Readable.from([{ id: 7002, name: 'é', at: '2026-01-01 00:00:00' }]), format: 'JSONEachRow' });
  await client.insert({ table: 'client_test', values: Readable.from([row(7003), row(7004)]), format: 'JSONCompactEachRow' });
  await client.insert({ table: 'client_test', values: bytes('"id","name","at"\n7005,c,"2026-01-01 00:00:00"\n'), format: 'CSVWithNames' });
  await client.insert({ table: 'client_test', values: { meta: [{ name: 'id', type: 'UInt64' }, { name: 'name', type: 'String' }, { name: 'at', type: 'DateTime64(3)' }], data: [{ id: 7006, name: 'j', at: '2026-01-01 00:00:00' }] }, format: 'JSON' });
  await client.insert({ table: 'client_test', values: Readable.from([{ id: 7007, name: 'k' }]), format: 'JSONEachRow', columns: { except: ['at'] } });
  const rows = await client.query({ query: 'SELECT name FROM client_test WHERE id BETWEEN 7000 AND 7007 ORDER BY id', format: 'JSONCompactEachRow' });
  assert.deepEqual((await rows.json()).flat(), ['n', 'a\tb', 'é', 'n7003', 'n7004', 'c', 'j', 'k']);
});

await step('parameters of many types', async () => {
  const at = new Date(Date.UTC(2026, 1, 3, 4, 5, 6, 789));
  const rows = await client.query({
    query: `SELECT {i:Int64} AS i, {f:Float64} AS f, {b:Bool} AS b, {s:String} AS s, {n:Nullable(String)} AS n, {d:Date} AS d, {t:DateTime64(3, 'UTC')} AS t,
      {a:Array(Nullable(String))} AS a, {aa:Array(Array(Int32))} AS aa, {m:Map(String, UInt32)} AS m, {tu:Tuple(Int32, String)} AS tu, {e:Array(Int32)} AS e, {id:Identifier} AS c, {u:UUID} AS u, {dec:Decimal(10, 2)} AS dec`,
    query_params: {
      i: '-9007199254740993', f: 1.5e-7, b: true, s: 'a\tb\nc\'d"e\\f\0é', n: null, d: '2026-02-03', t: at, a: ["it's", null, ''], aa: [[1, 2], [], [3]],
      m: new Map([['k\'', 1]]), tu: new TupleParam([7, 'x']), e: [], id: 'dummy', u: '61f0c404-5cb3-11e7-907b-a6006ad3dba0', dec: '12.30',
    },
    clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
    format: 'JSONEachRow',
  });
  const [row] = await rows.json();
  assert.deepEqual(row, {
    i: '-9007199254740993', f: 1.5e-7, b: true, s: 'a\tb\nc\'d"e\\f\0é', n: null, d: '2026-02-03', t: '2026-02-03 04:05:06.789', a: ["it's", null, ''], aa: [[1, 2], [], [3]],
    m: { 'k\'': 1 }, tu: [7, 'x'], e: [], c: 0, u: '61f0c404-5cb3-11e7-907b-a6006ad3dba0', dec: 12.3,
  });
});

await step('settings of the client, of the request, and none of the request before', async () => {
  const setting = async (clickhouse_settings) =>
    (await (await client.query({ query: "SELECT getSetting('max_threads') AS t, getSetting('max_block_size') AS b", format: 'JSONEachRow', clickhouse_settings })).json())[0];
  assert.deepEqual(await setting({ max_block_size: '123' }), { t: 2, b: 123 });
  assert.deepEqual(await setting({ max_threads: 1 }), { t: 1, b: (await setting({})).b });
  await assert.rejects(setting({ no_such_setting: 1 }), (e) => e instanceof ClickHouseError && e.code === '115' && e.type === 'UNKNOWN_SETTING');
});

await step('compression of each kind and of none', async () => {
  for (const [request, response] of [[false, false], [true, false], [false, true]]) {
    const one = createClient({ url, compression: { request, response } });
    await one.insert({ table: 'client_test', values: [{ id: 8000, name: 'x'.repeat(100000), at: 0 }], format: 'JSONEachRow' });
    const rows = await one.query({ query: 'SELECT length(name) AS l, name FROM client_test WHERE id = 8000 LIMIT 1', format: 'JSONEachRow' });
    assert.deepEqual((await rows.json())[0], { l: 100000, name: 'x'.repeat(100000) });
    assert.equal(rows.response_headers['content-encoding'], response ? 'gzip' : undefined);
    await one.command({ query: 'ALTER TABLE client_test DELETE WHERE id = 8000', clickhouse_settings: { mutations_sync: '1' } });
    await one.close();
  }
});

await step('an aborted query is ended on the server', async () => {
  const abort = new AbortController();
  const endless = client.query({ query: 'SELECT sum(sipHash64(number)) FROM numbers(1000000000000)', query_id: 'to-abort', abort_signal: abort.signal });
  await eventually(async () => (await running('to-abort')) === 1);
  abort.abort();
  await assert.rejects(endless);
  await eventually(async () => (await running('to-abort')) === 0);
});

await step('KILL QUERY by the id of the client', async () => {
  const endless = assert.rejects(client.query({ query: 'SELECT sum(sipHash64(number)) FROM numbers(1000000000000)', query_id: 'to-kill' }), (e) => e instanceof ClickHouseError && e.code === '394');
  await eventually(async () => (await running('to-kill')) === 1);
  const killed = await client.query({ query: "KILL QUERY WHERE query_id = 'to-kill' SYNC", format: 'JSONEachRow' });
  const [{ kill_status, query_id }] = await killed.json();
  assert.deepEqual([kill_status, query_id], ['finished', 'to-kill']);
  assert.equal(await running('to-kill'), 0);
  await endless;
});

await step('a session keeps temporary tables and settings', async () => {
  const session = createClient({ url, session_id: 'mine', max_open_connections: 1 });
  await session.command({ query: 'CREATE TEMPORARY TABLE mine (a Int32)' });
  await session.insert({ table: 'mine', values: [{ a: 1 }, { a: 2 }], format: 'JSONEachRow' });
  await session.command({ query: 'SET max_block_size = 77' });
  await assert.rejects(session.query({ query: 'SELECT nope' }), (e) => e.code === '47');
  const rows = await session.query({ query: "SELECT sum(a) AS s, getSetting('max_block_size') AS b FROM mine", format: 'JSONEachRow' });
  assert.deepEqual((await rows.json())[0], { s: 3, b: 77 });
  await assert.rejects(client.query({ query: 'SELECT * FROM mine' }), (e) => e.code === '60');
  await session.close();
});

await step('a session that is in use is locked', async () => {
  const session = createClient({ url, session_id: 'busy', max_open_connections: 2 });
  const slow = session.query({ query: 'SELECT sum(sipHash64(number)) FROM numbers(1000000000000)', query_id: 'in-session' }).catch((e) => e);
  await eventually(async () => (await running('in-session')) === 1);
  await assert.rejects(session.query({ query: 'SELECT 1' }), (e) => e instanceof ClickHouseError && e.code === '373' && e.type === 'SESSION_IS_LOCKED');
  await client.command({ query: "KILL QUERY WHERE query_id = 'in-session' SYNC" });
  assert.equal((await slow).code, '394');
  await session.close();
});

await step('a role is refused', async () => {
  await assert.rejects(client.query({ query: 'SELECT 1', role: 'admin' }), (e) => e instanceof ClickHouseError && e.code === '48');
});

await step('the reader reads and does not write', async () => {
  const reader = createClient({ url, username: 'reader' });
  assert.equal(await count(reader), await count(client));
  for (const query of ['DROP TABLE client_test', 'INSERT INTO client_test (id) SELECT 1', 'CREATE TEMPORARY TABLE x (a Int32)'])
    await assert.rejects(reader.command({ query }), (e) => e instanceof ClickHouseError && e.code === '164' && e.type === 'READONLY', query);
  await assert.rejects(reader.insert({ table: 'client_test', values: [{ id: 1 }], format: 'JSONEachRow' }), (e) => e instanceof ClickHouseError && e.code === '164');
  await reader.close();
  const stranger = createClient({ url, username: 'eve', password: 'x' });
  await assert.rejects(stranger.query({ query: 'SELECT 1' }), (e) => e instanceof ClickHouseError && e.code === '516');
  await stranger.close();
});

await step('100,000 rows in and out, streamed', async () => {
  const { Readable } = await import('node:stream');
  await client.command({ query: 'CREATE TABLE large (id UInt64, text String) ENGINE = MergeTree ORDER BY id' });
  const values = Readable.from((function* () { for (let id = 0; id < 100_000; id++) yield { id, text: `row ${id}` }; })());
  const { summary } = await client.insert({ table: 'large', values, format: 'JSONEachRow' });
  assert.equal(summary.written_rows, '100000');
  const rows = await client.query({ query: 'SELECT id, text FROM large ORDER BY id', format: 'JSONCompactEachRow' });
  let next = 0;
  for await (const chunk of rows.stream()) for (const row of chunk) assert.deepEqual(row.json(), [next, `row ${next++}`]);
  assert.equal(next, 100_000);
  const binary = await client.exec({ query: 'SELECT number FROM numbers(3000000) FORMAT RowBinary' });
  let bytes = 0;
  for await (const chunk of binary.stream) bytes += chunk.length;
  assert.equal(bytes, 24_000_000);
});

await step('50 queries at once', async () => {
  const many = createClient({ url, max_open_connections: 50 });
  const answers = await Promise.all([...Array(50).keys()].map(async (i) => (await (await many.query({ query: 'SELECT {i:UInt32} AS i, sum(number) FROM numbers(100000)', query_params: { i }, format: 'JSONEachRow' })).json())[0].i));
  assert.deepEqual(answers, [...Array(50).keys()]);
  await many.close();
});

await step('a connection is used again', async () => {
  const http = await import('node:http');
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const one = createClient({ url, http_agent: agent });
  const sockets = new Set();
  agent.on('free', (socket) => sockets.add(socket));
  for (let i = 0; i < 20; i++) {
    await (await one.query({ query: 'SELECT 1' })).text();
    await one.query({ query: 'SELECT nope' }).catch(() => {});
  }
  assert.equal(sockets.size, 1);
  await one.close();
});

await step('a query id of its own and one that is given', async () => {
  assert.equal((await client.query({ query: 'SELECT 1', query_id: 'given' })).query_id, 'given');
  const rows = await client.query({ query: 'SELECT 1' });
  assert.equal(rows.response_headers['x-clickhouse-query-id'], rows.query_id);
  assert.equal(rows.response_headers['x-clickhouse-server-display-name'], 'streamdeploy');
});

await client.close();
