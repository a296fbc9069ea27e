// Nodes, operators and the database are told apart: a secret opens what its holder needs, and a stolen one no more.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Cluster, NAMESPACE } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { get, send } from '../harness/http.mjs';
import { register } from '../harness/views.mjs';
import { endpointsOf } from '../structure/endpoints.mjs';
import { textOf } from '../structure/tracked.mjs';
import { connect } from '../surrealdb/client.mjs';
import { serverProgram, startRealServer } from '../surrealdb/real_server.mjs';
import { startSurrealdb } from '../surrealdb/start.mjs';

const SECRETS = { SPOOKY_NODE_SECRET: 'node-0815 node-0816', SPOOKY_OPERATOR_SECRET: 'ops-4711' };

let cluster;
let urls;
before(async () => {
  const program = process.env.SURREALDB_ADDR ? null : serverProgram();
  cluster = await Cluster.open('security_trust', (options) => (program ? startRealServer(program) : startSurrealdb(options)));
  await cluster.query(`DEFINE TABLE note; CREATE note:1 SET n = 1;
    DEFINE USER viewer ON DATABASE PASSWORD 'viewer' ROLES VIEWER`);
  await cluster.addScheduler(SECRETS);
  await cluster.addSsp(SECRETS);
  await cluster.ready();
  urls = { scheduler: cluster.scheduler.url, ssp: cluster.ssps[0].url };
});
after(() => cluster.stop());

const bearer = (secret) => (secret ? { headers: { authorization: `Bearer ${secret}` } } : {});
const rows = ['scheduler', 'ssp'].flatMap((process) =>
  endpointsOf(textOf(`actors/front/${process}_endpoints.cpp`)).map((row) => ({ ...row, process })));
const call = ({ call: named, process }, secret) => {
  const [method, path] = named.split(' ');
  return send(method, urls[process] + path.replace('{id}', 'x'), method === 'GET' ? undefined : 'no body', bearer(secret));
};

const asViewer = () => connect(cluster.surrealdb.addr, {
  namespace: NAMESPACE, database: cluster.database,
  authentication: { namespace: NAMESPACE, database: cluster.database, username: 'viewer', password: 'viewer' },
});

/** What a VIEWER of the database reads of its secret. */
async function stolen() {
  const viewer = await asViewer();
  try {
    const [secret] = await viewer.query('SELECT VALUE secret FROM ONLY _spooky_secret:node').collect();
    return secret;
  } finally {
    await viewer.close();
  }
}

test('with secrets the pool works: views are registered and follow writes', async () => {
  // Both processes install the definitions; a registration meanwhile may have to be repeated.
  const { id } = await eventually(() => register(cluster.db, 'SELECT * FROM note'));
  await cluster.query('CREATE note:2 SET n = 2');
  await eventually(async () => {
    const edges = await cluster.query('SELECT VALUE out FROM _spooky_list_ref WHERE in = $id', { id });
    assert.equal(edges.length, 2);
  });
});

test('a network neighbour without a secret, or with a wrong one, opens nothing but probes and figures', async () => {
  for (const row of rows) {
    for (const secret of [undefined, 'node-0815x', 'node-081', 'node-0815 node-0816', '']) {
      const { status } = await call(row, secret);
      if (row.open) assert.notEqual(status, 401, row.call);
      else assert.equal(status, 401, `${row.call} with ${secret}`);
    }
  }
  assert.equal((await get(`${urls.scheduler}/nowhere`)).status, 401);
});

test('the second secret of a kind is as good as the first', async () => {
  for (const secret of ['node-0815', 'node-0816']) {
    const { status, text } = await send('POST', `${urls.scheduler}/proxy/query`, { query: 'SELECT * FROM note' }, bearer(secret));
    assert.equal(status, 200, text);
  }
});

test('a secret is changed process by process: each sends its first, and takes both', async () => {
  const [ssp] = cluster.ssps;
  ssp.env.SPOOKY_NODE_SECRET = 'node-0816 node-0815';
  await ssp.restart();
  await cluster.ready();
  // It has installed the database's secret anew, derived from what is its first now.
  const view = await eventually(() => register(cluster.db, 'SELECT * FROM note WHERE n > 1'));
  await cluster.query('CREATE note:3 SET n = 3');
  await eventually(async () => {
    const edges = await cluster.query('SELECT VALUE <string>out FROM _spooky_list_ref WHERE in = $id', { id: view.id });
    assert.ok(edges.includes('note:3'), edges.join());
  });
});

test('what a VIEWER of the database can steal is no secret of nodes or operators, and opens none of their endpoints', async () => {
  const secret = await stolen();
  assert.match(secret, /^[0-9a-f]{64}$/);
  const opened = [];
  for (const row of rows.filter(({ open }) => !open)) {
    const { status } = await call(row, secret);
    if (status !== 403) opened.push(`${row.process} ${row.call}`);
  }
  assert.deepEqual(opened.sort(), [
    'scheduler POST /ingest', 'scheduler POST /ingest/batch', 'scheduler POST /query/register', 'scheduler POST /view/register',
    'scheduler POST /view/unregister', 'ssp POST /ingest', 'ssp POST /ingest/batch', 'ssp POST /view/register', 'ssp POST /view/unregister']);
});

test('SurrealDB has no place that an event reads and a VIEWER does not: the reason why the secret opens so little', async () => {
  await cluster.query(`DEFINE TABLE hideout PERMISSIONS NONE; CREATE hideout:1 SET it = 'in a table';
    DEFINE PARAM $hideout VALUE 'in a parameter' PERMISSIONS NONE;
    DEFINE FUNCTION fn::hideout() { RETURN 'in a function' } PERMISSIONS NONE;
    DEFINE ACCESS hideout ON DATABASE TYPE JWT ALGORITHM HS512 KEY 'in the key of an access'`);
  const viewer = await asViewer();
  try {
    const read = async (text) => (await viewer.query(text).collect())[0];
    assert.equal(await read('SELECT VALUE it FROM ONLY hideout:1'), 'in a table');
    // The embedded SurrealDB, which is older, evaluates neither parameter nor function for him, and shows him both all the same.
    if (serverProgram()) assert.deepEqual([await read('RETURN $hideout'), await read('RETURN fn::hideout()')], ['in a parameter', 'in a function']);
    const info = await read('INFO FOR DB');
    const shown = JSON.stringify(info);
    for (const text of ['in a parameter', 'in a function']) assert.ok(shown.includes(text), text);
    // Hidden, but nothing that an event can call signs with it.
    assert.ok(!shown.includes('in the key of an access'));
  } finally {
    await viewer.close();
  }
});

test('with the stolen secret nobody is a system user by saying nothing, sets an epoch, or numbers changes', async () => {
  const secret = await stolen();
  const view = { id: 'forged', surql: 'SELECT * FROM note' };
  for (const url of Object.values(urls)) {
    for (const body of [view, { ...view, auth: { system: true }, epoch: 9223372036854775000 }]) {
      const { status, text } = await send('POST', `${url}/view/register`, body, bearer(secret));
      assert.ok([400, 403].includes(status), text);
    }
  }
  const forged = { table: 'note', op: 'CREATE', id: 'note:666', record: { n: 666 }, seq: 999 };
  const { status, text } = await send('POST', `${urls.ssp}/ingest`, forged, bearer(secret));
  assert.equal(status, 403, text);
  for (const headers of [{}, { 'x-spooky-epoch': '999' }]) {
    const answer = await send('POST', `${urls.ssp}/ingest`, forged, { headers: { ...bearer('node-0815').headers, ...headers } });
    assert.ok([400, 503].includes(answer.status), answer.text);
  }
});

test('an operator drains and debugs; he is no node, and a node is no operator', async () => {
  const status = async (method, url, secret, body) => (await send(method, url, body, bearer(secret))).status;
  assert.equal(await status('GET', `${urls.ssp}/debug/deps`, 'ops-4711'), 200);
  assert.equal(await status('GET', `${urls.ssp}/debug/deps`, 'node-0815'), 403);
  assert.equal(await status('POST', `${urls.ssp}/reset`, 'node-0815', {}), 403);
  assert.equal(await status('POST', `${urls.scheduler}/proxy/query`, 'ops-4711', { query: 'SELECT * FROM note' }), 403);
  assert.equal(await status('POST', `${urls.scheduler}/ssp/register`, 'ops-4711', { ssp_id: 'x', url: 'http://x' }), 403);
  assert.equal(await status('POST', `${urls.scheduler}/ssp/drain`, 'ops-4711', { ssp_id: 'nobody' }), 404);
});

test('no secret is in a log', () => {
  for (const program of [cluster.scheduler, ...cluster.ssps]) {
    assert.doesNotMatch(program.tail, /node-081|ops-4711/);
  }
});
