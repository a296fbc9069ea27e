// What only SurrealDB can answer is asked of it: full-text search, nearest neighbours, syntax that is not known here.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { RecordId } from 'surrealdb';
import { Cluster, NAMESPACE } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { get } from '../harness/http.mjs';
import { client, shows } from '../harness/streams.mjs';
import { edges, follows, register, viewId } from '../harness/views.mjs';
import { connect } from '../surrealdb/client.mjs';
import { serverProgram, startRealServer } from '../surrealdb/real_server.mjs';

const program = process.env.SURREALDB_ADDR ? null : serverProgram();
const options = { skip: !program && 'there is no SurrealDB 3.3 with these indexes' };

const DEFINITIONS = `
  DEFINE ANALYZER plain TOKENIZERS blank, class FILTERS lowercase;
  DEFINE TABLE page PERMISSIONS FULL;
  DEFINE INDEX page_text ON page FIELDS text FULLTEXT ANALYZER plain BM25 HIGHLIGHTS;
  DEFINE INDEX page_place ON page FIELDS place HNSW DIMENSION 2 DIST EUCLIDEAN;
  DEFINE TABLE note PERMISSIONS FOR select WHERE owner = $auth.id;
  DEFINE INDEX note_text ON note FIELDS text FULLTEXT ANALYZER plain BM25;
  DEFINE ACCESS app ON DATABASE TYPE RECORD SIGNUP (CREATE user SET name = $name) SIGNIN (SELECT * FROM user WHERE name = $name);
  CREATE page:1 SET text = 'Hello world', place = [1, 1];
  CREATE page:2 SET text = 'good morning', place = [5, 5];
  CREATE page:3 SET text = 'the world is round', place = [9, 9];
  CREATE note:1 SET text = 'world of secrets';`;
const SECRET = { SPOOKY_AUTH_SECRET: 'asked-secret' };
const SEARCH = 'SELECT * FROM page WHERE text @@ $words';
const WORLD = { words: 'world' };
const SCORED = "SELECT id, search::highlight('<b>', '</b>', 1) AS shown FROM page WHERE text @1@ 'world' ORDER BY id";
const NEAREST = 'SELECT id, vector::distance::knn() AS far FROM page WHERE place <|2,40|> [0, 0]';
const UNKNOWN = 'SELECT id, text, { FOR $i IN [1, 2] { $i } } AS nothing FROM page WHERE text != NONE';

let cluster;
let db;
let user;

before(async () => {
  if (!program) return;
  cluster = await Cluster.open('asked', () => startRealServer(program));
  db = cluster.db;
  await cluster.query(DEFINITIONS);
  await cluster.addScheduler(SECRET);
  await cluster.addSsp({ ...SECRET, SPOOKY_SSP_VIEWS_ASKED_PAUSE_MS: '100' });
  await cluster.ready();
  await eventually(() => told(db, 'SELECT * FROM page LIMIT 1'), 20_000);
  const scope = { namespace: NAMESPACE, database: cluster.database };
  user = await connect(cluster.surrealdb.addr, { ...scope, authentication: null });
  await user.signup({ ...scope, access: 'app', variables: { name: 'ann' } });
});
after(async () => {
  await user?.close();
  await cluster?.stop();
});

const outs = async (view) => (await edges(db, view)).map(({ out }) => out);
const headers = { authorization: `Bearer ${SECRET.SPOOKY_AUTH_SECRET}` };
const askDebug = (id) => get(`${cluster.ssps[0].url}/debug/view/${id}`, { headers });
const explained = async (id) => (await askDebug(id)).json;
const timesAsked = async (view) => (await explained(view.id.id)).times_asked;

/** What registering answers. */
async function told(session, surql, params = {}, key = viewId(surql, params).id) {
  const [answer] = await session.query('RETURN fn::query::register($view)',
    { view: { id: new RecordId('_spooky_query', key), surql, params, ttl: '10m' } }).collect();
  return answer;
}

test('full-text views follow what is written, as edges and in their record', options, async () => {
  const view = await register(db, SEARCH, WORLD);
  assert.deepEqual(await outs(view), ['page:1', 'page:3']);
  const how = await explained(view.id.id);
  assert.equal(how.mode, 'asked');
  assert.match(how.reason, /full-text/);
  assert.deepEqual(how.tables, ['page']);
  for (const [statement, expected] of [
    ["CREATE page:4 SET text = 'brave new world', place = [2, 2]", ['page:1', 'page:3', 'page:4']],
    ["UPDATE page:1 SET text = 'hello there'", ['page:3', 'page:4']],
    ['DELETE page:4', ['page:3']],
    ["UPDATE page:1 SET text = 'Hello world'", ['page:1', 'page:3']],
  ]) {
    await cluster.query(statement);
    assert.deepEqual((await follows(db, view)).map(({ out }) => out), expected, statement);
  }
  const [{ state, rowCount, merkle_root: root }] = await cluster.query('SELECT * FROM $id', { id: view.id });
  assert.deepEqual([state, rowCount], ['ready', 2]);
  assert.match(root, /^[0-9a-f]{32,}$/);
});

test('registering says how the view is kept, and why', options, async () => {
  const answer = await told(db, SEARCH, WORLD);
  assert.equal(answer.mode, 'asked');
  assert.match(answer.reason, /full-text search/);
  assert.equal((await told(db, 'SELECT * FROM page')).mode, 'incremental');
});

test('highlighted and nearest rows follow, also to a client that streams', options, async () => {
  const spooky = client(db);
  const views = [];
  for (const surql of [SCORED, NEAREST]) views.push([surql, spooky.live(surql)]);
  for (const [surql, view] of views) await shows(db, view, surql);
  for (const statement of ["CREATE page:5 SET text = 'world', place = [0, 1]", "UPDATE page:5 SET place = [100, 100], text = 'a world'", 'DELETE page:5']) {
    await cluster.query(statement);
    for (const [surql, view] of views) await shows(db, view, surql);
  }
  spooky.close();
});

test('what the parser does not know is asked for system users', options, async () => {
  const view = await register(db, UNKNOWN);
  await follows(db, view);
  await cluster.query("CREATE page:6 SET text = 'six', place = [6, 6]");
  assert.ok((await follows(db, view)).some(({ out }) => out === 'page:6'));
  await cluster.query('DELETE page:6');
  await follows(db, view);
  await assert.rejects(told(db, 'SELECT * FROM page FUTURE WORDS'), /PARSE_ERROR: line 1, column 20: .*; SurrealDB, asked for this query, says/s);
  await assert.rejects(told(user, UNKNOWN), /system user/);
});

test('what SurrealDB refuses is refused with its own words', options, async () => {
  await assert.rejects(told(db, "SELECT * FROM page WHERE title @@ 'x'"), /index/);
});

test('a user sees what is open to everybody, and nothing of what is open to some', options, async () => {
  const answer = await told(user, SEARCH, WORLD);
  assert.deepEqual(answer.ids.map(([id]) => String(id)).sort(), ['page:1', 'page:3']);
  await assert.rejects(told(user, "SELECT * FROM note WHERE text @@ 'world'"), /PERMISSIONS FOR select of table note/);
  await assert.rejects(told(user, "SELECT *, (SELECT * FROM note) AS notes FROM page WHERE text @@ 'world'"), /PERMISSIONS FOR select/);
  assert.equal((await told(db, "SELECT * FROM note WHERE text @@ 'world'")).rowCount, 1);
});

test('equal queries of several clients are one question', options, async () => {
  const surql = "SELECT * FROM page WHERE text @@ 'morning'";
  const views = [];
  for (const key of ['one', 'two', 'three']) {
    await told(db, surql, {}, key);
    views.push({ id: new RecordId('_spooky_query', key), surql, params: {} });
  }
  assert.equal(await timesAsked(views[0]), 1);
  await cluster.query("CREATE page:7 SET text = 'morning again', place = [7, 7]");
  for (const view of views) await follows(db, view);
  const asked = await timesAsked(views[2]);
  assert.ok(asked >= 2 && asked <= 3, `asked ${asked} times`);
  for (let n = 0; n < 50; n++) await cluster.query(`UPDATE page:7 SET n = ${n}`);
  for (const view of views) await follows(db, view);
  assert.ok(await timesAsked(views[2]) < asked + 50, 'each write was a question of its own');
});

test('a view that is removed is asked about no more', options, async () => {
  const surql = "SELECT * FROM page WHERE text @@ 'round'";
  const view = await register(db, surql);
  await follows(db, view);
  await db.query('fn::query::unregister($id)', { id: view.id }).collect();
  await eventually(async () => assert.deepEqual(await outs(view), []));
  assert.equal((await askDebug(view.id.id)).status, 404);
});

test('permissions that are taken away end what a user is shown', options, async () => {
  const surql = "SELECT * FROM page WHERE text @@ 'good'";
  const answer = await told(user, surql, {}, 'users');
  assert.equal(answer.rowCount, 1);
  const id = new RecordId('_spooky_view', answer.view);
  const shown = async () => (await cluster.query('SELECT state, rowCount FROM $id', { id }))[0];
  await cluster.query("DEFINE TABLE OVERWRITE page PERMISSIONS FOR select WHERE text != 'good morning'");
  await eventually(async () => assert.deepEqual(await shown(), { state: 'error', rowCount: 0 }), 15_000);
  await cluster.query("CREATE page:8 SET text = 'good night', place = [8, 8]");
  await follows(db, await register(db, SEARCH, WORLD));
  assert.equal((await shown()).rowCount, 0);
  await cluster.query('DEFINE TABLE OVERWRITE page PERMISSIONS FULL');
  await eventually(async () => assert.deepEqual(await shown(), { state: 'ready', rowCount: 2 }), 15_000);
});

test('after a death of their SSP the views are right again', options, async () => {
  const view = await register(db, SEARCH, WORLD);
  const [ssp] = cluster.ssps;
  await ssp.kill();
  await cluster.query("CREATE page:9 SET text = 'world nine', place = [3, 3]; DELETE page:3");
  await ssp.start();
  await cluster.ready();
  assert.deepEqual((await follows(db, view, 20_000)).map(({ out }) => out), ['page:1', 'page:9']);
  await cluster.query('DELETE page:9');
  await follows(db, view);
});
