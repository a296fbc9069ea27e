// Every limit of the settings, by name: what is beyond it is refused, and the refusal names the setting.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { Cluster } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { get, post } from '../harness/http.mjs';

const KIB = 1024;
const MIB = 1024 * KIB;
const IDLE_MS = 400;

let cluster;

before(async () => {
  cluster = await Cluster.open('settings_limits');
  await cluster.query('DEFINE TABLE thing SCHEMALESS PERMISSIONS FULL; FOR $n IN 1..=30 { CREATE type::record("thing", $n) SET n = $n }');
  await cluster.addScheduler({
    SPOOKY_SCHEDULER_LIMITS_BATCH_CHANGES: '5',
    SPOOKY_SCHEDULER_LIMITS_CLIENT_VIEWS: '2',
    SPOOKY_SCHEDULER_LIMITS_BODY_BYTES: String(64 * KIB),
    SPOOKY_SCHEDULER_LIMITS_HEADER_BYTES: String(4 * KIB),
    SPOOKY_SCHEDULER_LIMITS_IDLE_TIMEOUT_MS: String(IDLE_MS),
    SPOOKY_SCHEDULER_LIMITS_PARSE_DEPTH: '16',
    SPOOKY_SCHEDULER_LIMITS_PENDING_REQUESTS: '4',
    SPOOKY_SCHEDULER_LIMITS_QUERY_BYTES: String(2 * KIB),
    SPOOKY_SCHEDULER_LIMITS_QUERY_MEMORY_BYTES: String(4 * MIB),
    SPOOKY_SCHEDULER_LIMITS_QUERY_ROWS: '20',
    SPOOKY_SCHEDULER_LIMITS_QUERY_TIME_MS: '200',
    SPOOKY_SCHEDULER_HEARTBEAT_TIMEOUT_MS: '60000',
  });
  await cluster.addSsp({
    SPOOKY_SSP_LIMITS_PARSE_DEPTH: '16',
    SPOOKY_SSP_LIMITS_QUERY_BYTES: String(2 * KIB),
    SPOOKY_SSP_LIMITS_CLIENT_HEAVY_QUERIES: '1',
    SPOOKY_SSP_LIMITS_CLIENT_MEMORY_BYTES: String(MIB),
    SPOOKY_SSP_LIMITS_CLIENT_ROWS: '15',
    SPOOKY_SSP_LIMITS_ROWS: '30',
    SPOOKY_SSP_LIMITS_VIEWS: '3',
    SPOOKY_SSP_LIMITS_VIEW_MEMORY_BYTES: String(4 * MIB),
    SPOOKY_SSP_LIMITS_VIEW_ROWS: '25',
    SPOOKY_SSP_LIMITS_VIEW_TIME_MS: '200',
  });
  await cluster.ready();
  await cluster.applySchema();
});
after(() => cluster.stop());

const scheduler = () => cluster.scheduler.url;
const change = (n, more = {}) => ({ table: 'posted', op: 'CREATE', id: `posted:${n}`, record: { n, ...more } });
const ask = (query) => post(`${scheduler()}/proxy/query`, { query });
const register = (surql, id) => post(`${scheduler()}/view/register`, { id, surql, edges: false });

function refusedBy(setting, { status, text, json }, wanted = 413) {
  assert.equal(status, wanted, text);
  assert.match(json.message, new RegExp(setting.replace('.', '\\.')), text);
}

test('limits.body_bytes', async () => {
  const answer = await post(`${scheduler()}/ingest`, change(1, { text: 'x'.repeat(70 * KIB) }));
  assert.equal(answer.status, 413, answer.text);
  assert.match(answer.json.message, /at most 65536/);
  assert.equal((await post(`${scheduler()}/ingest`, change(1, { text: 'x'.repeat(60 * KIB) }))).status, 200);
});

test('limits.header_bytes', async () => {
  const { status } = await get(`${scheduler()}/health`, { headers: { 'x-long': 'x'.repeat(5 * KIB) } });
  assert.equal(status, 431);
});

test('limits.idle_timeout_ms', async () => {
  const socket = connect(cluster.scheduler.port, '127.0.0.1');
  const began = Date.now();
  await new Promise((resolve) => socket.on('close', resolve).resume());
  assert.ok(Date.now() - began >= IDLE_MS);
});

test('limits.batch_changes, in each form of a batch', async () => {
  const six = Array.from({ length: 6 }, (_, n) => change(n));
  for (const [type, body] of [
    ['application/json', JSON.stringify(six)],
    ['application/x-ndjson', six.map((one) => JSON.stringify(one)).join('\n')],
  ]) {
    const { status, json } = await post(`${scheduler()}/ingest/batch`, body, { headers: { 'content-type': type } });
    assert.equal(status, 413, type);
    assert.match(json.message, /limits\.batch_changes is 5/);
  }
  assert.equal((await post(`${scheduler()}/ingest/batch`, six.slice(1))).status, 200);
});

test('limits.query_rows, streamed or grouped', async () => {
  for (const query of ['SELECT * FROM thing', 'SELECT n FROM thing WHERE n > 0', 'SELECT n FROM thing GROUP BY n']) {
    refusedBy('limits.query_rows', await ask(query));
  }
  assert.equal((await ask('SELECT * FROM thing LIMIT 20')).status, 200);
});

test('limits.query_bytes and limits.parse_depth, at the proxy and at a registration', async () => {
  const long = `SELECT * FROM thing WHERE ${'n != 0 AND '.repeat(300)} true`;
  const deep = `SELECT * FROM thing WHERE ${'('.repeat(40)}n = 1${')'.repeat(40)}`;
  for (const [query, limit] of [[long, 'at most 2048 are allowed'], [deep, '16 levels']]) {
    refusedBy(limit, await ask(query));
    refusedBy(limit, await register(query, 'refused'));
  }
});

test('limits.query_time_ms and limits.query_memory_bytes', async () => {
  const slow = await ask('SELECT array::fold(array::range(0, 3000), 0, |$s, $x| $s + array::fold(array::range(0, 1000), 0, |$t, $y| $t + $y)) AS sum FROM thing');
  assert.ok([413, 504].includes(slow.status), slow.text);
  assert.match(slow.json.message, /limits\.query_time_ms/);
  refusedBy('limits.query_memory_bytes', await ask('SELECT array::map(array::range(0, 200), |$x| array::range(0, 5000)) AS all FROM thing'));
});

test('limits.view_rows counts related rows, too', async () => {
  refusedBy('limits.view_rows', await register('SELECT * FROM thing', 'own-rows'));
  refusedBy('limits.view_rows',
    await register('SELECT *, (SELECT * FROM thing WHERE n <= 10) AS others FROM thing WHERE n <= 5', 'related-rows'));
});

test('limits.view_time_ms and limits.view_memory_bytes', async () => {
  refusedBy('limits.view_time_ms', await register(
    'SELECT array::fold(array::range(0, 3000), 0, |$s, $x| $s + array::fold(array::range(0, 1000), 0, |$t, $y| $t + $y)) AS sum FROM thing WHERE n < 20',
    'slow'));
  refusedBy('limits.view_memory_bytes', await register('SELECT array::map(array::range(0, 200), |$x| array::range(0, 5000)) AS all FROM thing WHERE n < 20', 'large'));
});

test('limits.views', async () => {
  for (let n = 0; n < 3; n++) assert.equal((await register(`SELECT * FROM thing WHERE n = ${n}`, `view-${n}`)).status, 200);
  refusedBy('limits.views', await register('SELECT * FROM thing WHERE n = 3', 'view-3'));
  for (let n = 0; n < 3; n++) await post(`${scheduler()}/view/unregister`, { id: `view-${n}` });
});

test('limits.client_views and limits.client_rows, of one user in the pool; another has his own, and system users have none', async () => {
  const as = (user, surql, id) => post(`${scheduler()}/view/register`, {
    id, surql, edges: false, auth: `{ system: false, auth: user:${user}, access: 'app' }`,
  });
  const row = (n) => `SELECT * FROM thing WHERE n = ${n}`;
  await eventually(async () => assert.equal((await as('ann', row(1), 'anns-1')).json?.rowCount, 1));
  assert.equal((await as('ann', row(2), 'anns-2')).status, 200);
  refusedBy('limits.client_views', await as('ann', row(3), 'anns-3'));
  assert.equal((await as('bob', row(3), 'bobs-3')).status, 200);
  assert.equal((await as('ann', row(2), 'anns-2')).status, 200, 'what is registered stays');
  for (const id of ['anns-1', 'anns-2', 'bobs-3']) await post(`${scheduler()}/view/unregister`, { id });
  refusedBy('limits.client_rows', await as('ann', 'SELECT * FROM thing WHERE n <= 20', 'many'));
  assert.equal((await register('SELECT * FROM thing WHERE n <= 20', 'many')).status, 200);
  await post(`${scheduler()}/view/unregister`, { id: 'many' });
});

test('limits.client_memory_bytes and limits.rows', async () => {
  const as = (user, surql, id) => post(`${scheduler()}/view/register`, {
    id, surql, edges: false, auth: `{ system: false, auth: user:${user}, access: 'app' }`,
  });
  const wide = (n) => `SELECT string::repeat('a', 300000) AS s, n FROM thing WHERE n IN [${n}, ${n + 1}]`;
  assert.equal((await as('ann', wide(1), 'wide-1')).status, 200);
  refusedBy('limits.client_memory_bytes', await as('ann', wide(3), 'wide-3'));
  assert.equal((await as('bob', wide(3), 'wide-3')).status, 200);
  for (const id of ['wide-1', 'wide-3']) await post(`${scheduler()}/view/unregister`, { id });
  assert.equal((await register('SELECT * FROM thing WHERE n <= 24', 'some')).status, 200);
  refusedBy('limits.rows', await register('SELECT * FROM thing WHERE n > 10', 'others'));
  await post(`${scheduler()}/view/unregister`, { id: 'some' });
});

test('limits.client_heavy_queries, of one user', async () => {
  const as = (user, n) => post(`${scheduler()}/view/register`, {
    id: `heavy-${n}`, edges: false, auth: `{ system: false, auth: user:${user}, access: 'app' }`,
    surql: `SELECT n, array::len(array::map(array::range(0, 10000), |$x| array::len(array::range(0, 1000)) + ${n})) AS l FROM thing`,
  });
  refusedBy('limits.view_time_ms', await as('cid', 1));
  refusedBy('limits.client_heavy_queries', await as('cid', 2), 503);
  refusedBy('limits.view_time_ms', await as('dan', 3));
});

test('limits.pending_requests; probes are answered all the same', async () => {
  const [ssp] = cluster.ssps;
  ssp.signal('SIGSTOP');
  try {
    const waiting = Array.from({ length: 4 }, (_, n) => register(`SELECT * FROM thing WHERE n = ${n}`, `waits-${n}`).catch(() => {}));
    const refused = await eventually(async () => {
      const answer = await post(`${scheduler()}/ingest`, change(9));
      assert.equal(answer.status, 503);
      return answer;
    });
    assert.equal(refused.json.code, 'OVERLOADED');
    assert.equal((await get(`${scheduler()}/health`)).status, 200);
    ssp.signal('SIGCONT');
    await Promise.all(waiting);
  } finally {
    ssp.signal('SIGCONT');
  }
  await eventually(async () => assert.equal((await post(`${scheduler()}/ingest`, change(9))).status, 200));
});

test('limits.memory_bytes', async () => {
  await cluster.query('FOR $n IN 1..=40 { CREATE type::record("wide", $n) SET text = $text }', { text: 'x'.repeat(60 * KIB) });
  await eventually(async () => {
    const { json } = await ask('SELECT VALUE id FROM wide LIMIT 20 START 20');
    assert.equal(json.length, 20);
  });
  const small = await cluster.addSsp({ SPOOKY_SSP_LIMITS_MEMORY_BYTES: String(MIB) });
  await eventually(async () => assert.equal((await get(`${small.url}/health`)).status, 200), 10_000);
  refusedBy('limits.memory_bytes',
    await post(`${small.url}/view/register`, { id: 'wide', surql: 'SELECT * FROM wide', edges: false }));
});
