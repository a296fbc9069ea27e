// The generated schema in the real engine, seen by record users, by root and by our endpoints.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, test } from 'node:test';
import { DateTime, Duration, RecordId } from 'surrealdb';
import { eventually } from '../harness/eventually.mjs';
import { connect, define, connectRaw } from '../surrealdb/client.mjs';
import { startSurrealdb } from '../surrealdb/start.mjs';
import { Recorder } from './recorder.mjs';

const ENDPOINT_IN_FILES = 'http://endpoint.test';
const APPLICATION = `
  DEFINE TABLE user SCHEMALESS PERMISSIONS FULL;
  DEFINE ACCESS app ON DATABASE TYPE RECORD SIGNUP (CREATE user SET name = $name) SIGNIN (SELECT * FROM user WHERE name = $name);
  DEFINE TABLE post PERMISSIONS FULL; DEFINE TABLE likes TYPE RELATION PERMISSIONS FULL;
  CREATE post:1; CREATE post:2;`;
const QUERY = "{ id: _spooky_query:abc, surql: 'SELECT * FROM post WHERE by = $by', clientId: 'c1', ttl: 10m, rows: true, "
  + "params: { by: user:⟨a b⟩, at: d'2026-01-02T03:04:05.5Z', n: 1.0, m: 1.50dec, deep: { ok: [true, NONE] } } }";
const CLAIM = `BEGIN;
  UPSERT $query RETURN NONE;
  UPSERT $view MERGE $state RETURN NONE;
  IF $owner != NONE { INSERT RELATION INTO _spooky_owner $owner ON DUPLICATE KEY UPDATE view = $input.view, ttl = $input.ttl, lastActiveAt = $input.lastActiveAt RETURN NONE };
  COMMIT;`;
const BATCH = `BEGIN;
  IF ((SELECT VALUE epoch FROM ONLY $view) ?? 0) > $epoch { THROW "FENCED" };
  INSERT RELATION INTO _spooky_list_ref $rows ON DUPLICATE KEY UPDATE version = $input.version RETURN NONE;
  UPDATE $gone SET version += 1 RETURN NONE;
  DELETE $gone RETURN NONE;
  UPDATE $view MERGE $state RETURN NONE;
  COMMIT;`;

let server, root, recorder, ann, bob;
let databases = 0;

const ask = async (db, text, vars) => db.query(text, vars).collect();
const askOne = async (db, text, vars) => (await ask(db, text, vars)).at(-1);
const ids = (rows) => rows.map((row) => String(row.id ?? row)).sort();
const scope = () => ({ namespace: 'test', database: `schema${databases}` });

async function recordUser(name) {
  const db = await connect(server.addr, { ...scope(), authentication: undefined });
  await db.signup({ ...scope(), access: 'app', variables: { name } });
  return db;
}

function generated(name) {
  const text = readFileSync(new URL(`../data/${name}.surql`, import.meta.url), 'utf8');
  return text.replaceAll(ENDPOINT_IN_FILES, recorder.url);
}

const query = new RecordId('_spooky_query', 'abc');
const viewOf = (name) => new RecordId('_spooky_view', name ? `abc~${name}` : 'abc');
const edge = (view, ...key) => new RecordId('_spooky_list_ref', [view.id, ...key]);
const row = (n, version, view = viewOf()) => ({ id: edge(view, `post:${n}`), in: query, view, out: new RecordId('post', n), version });

const failures = (outcome) => outcome.flatMap((s) => (s.success ? [] : [s.error.message]));

/** Writes as docs/protocol.md says an SSP does; gives the failed statements' messages. */
async function write(changes) {
  const { view = viewOf(), epoch = 1, rows = [], gone = [], state = {} } = changes;
  return failures(await root.query(BATCH, { view, epoch, rows, gone, state: { epoch, ...state } }).responses());
}

async function claim({ view = viewOf(), state = {}, owner }) {
  return failures(await root.query(CLAIM, { query, view, state: { query, ...state }, owner }).responses());
}

const callerOf = async (body) => askOne(root, `RETURN ${body.auth}`);

/** Whose rights the stand-in below tells apart: each user has a view of his own. */
const rowsOf = { ann: [1, 2], bob: [2] };

/** An SSP's part in a registration. */
async function register(body) {
  if (body.surql === 'bad') return { body: { code: 'PARSE_ERROR', message: 'line 1, column 1: no' } };
  const caller = await callerOf(body);
  const name = caller.auth && await askOne(root, 'RETURN $who.name', { who: caller.auth });
  const view = viewOf(name);
  const owner = caller.auth && {
    id: new RecordId('_spooky_owner', [String(caller.auth), 'abc']), in: caller.auth, out: query, view,
    ttl: new Duration(body.ttl ?? '10m'), lastActiveAt: new DateTime(),
  };
  assert.deepEqual(await claim({ view, owner, state: { surql: body.surql, epoch: 1 } }), []);
  const rows = (rowsOf[name] ?? [1, 2]).map((n) => row(n, 1, view));
  assert.deepEqual(await write({ view, rows, state: { state: 'ready', rowCount: rows.length, seq: 5 } }), []);
  return { body: { query_id: body.id, ids: rows.map(({ out, version }) => [String(out), version]) } };
}

before(async () => { server = await startSurrealdb(); });
after(() => server.stop());

beforeEach(async (t) => {
  databases += 1;
  recorder = await new Recorder().start();
  recorder.answers['/view/register'] = register;
  await define(server.addr, scope());
  root = await connect(server.addr, scope());
  for (const text of [APPLICATION, generated('system_schema'), generated('system_schema')]) await ask(root, text);
  [ann, bob] = [await recordUser('ann'), await recordUser('bob')];
});

async function close() {
  await Promise.all([root, ann, bob].map((db) => db.close()));
  await recorder.stop();
}

const schemaTest = (name, body) => test(name, async (t) => {
  t.after(close);
  return body(t);
});

schemaTest('a record user registers and reads the edges in the next statement', async () => {
  const [answer, edges, state] = await ask(ann, `fn::query::register(${QUERY});
    SELECT out, version FROM _spooky_list_ref WHERE in = _spooky_query:abc;
    SELECT VALUE { rowCount: rowCount, state: state } FROM ONLY _spooky_query:abc`);
  assert.equal(answer.query_id, '_spooky_query:abc');
  assert.deepEqual(edges.map((e) => [String(e.out), e.version]), [['post:1', 1], ['post:2', 1]]);
  assert.deepEqual({ ...state }, { rowCount: 2, state: 'ready' });
});

schemaTest('what is posted: id as text, parameters with their types, the secret, and who asks as the database has it', async () => {
  await ask(ann, `fn::query::register(${QUERY})`);
  await ask(root, `fn::query::register(${QUERY})`);
  const [byAnn, byRoot] = recorder.take();
  assert.equal(byAnn.path, '/view/register');
  assert.equal(byAnn.headers.authorization, 'Bearer a"b\\c');
  assert.equal(byAnn.headers['x-spooky-errors'], 'inline');
  const { params, auth, ...rest } = byAnn.body;
  assert.deepEqual(rest, { id: '_spooky_query:abc', surql: 'SELECT * FROM post WHERE by = $by', clientId: 'c1', ttl: '10m', rows: true, lastActiveAt: null, format: null, edges: null, wait: null });
  assert.equal(params, "{ at: d'2026-01-02T03:04:05.500Z', by: user:`a b`, deep: { ok: [true, NONE] }, m: 1.5dec, n: 1f }");
  assert.deepEqual(await ask(root, `RETURN ${params}.by = user:⟨a b⟩ AND ${params}.m = 1.5dec`), [true]);
  const caller = await callerOf({ auth });
  assert.equal(caller.system, false);
  assert.equal(String(caller.auth), String(await askOne(ann, 'RETURN $auth')));
  assert.equal(caller.access, 'app');
  assert.equal(String(caller.token.ID), String(caller.auth));
  const system = await callerOf(byRoot.body);
  assert.equal(system.system, true);
  assert.equal(system.auth, undefined);
});

schemaTest('nobody says himself who he is, and no field of his own making is posted', async () => {
  const forged = "{ id: 'abc', surql: 'SELECT * FROM post', system: true, caller: user:root, auth: '{ system: true }', epoch: 9223372036854775807, "
    + "instance: 'x', answer: { ids: [] }, metadata: { id: 'm', surql: 'SELECT * FROM user' } }";
  await ask(ann, `fn::query::register(${forged})`);
  const [byAnn] = recorder.take();
  assert.deepEqual(Object.keys(byAnn.body).sort(), ['auth', 'clientId', 'edges', 'format', 'id', 'lastActiveAt', 'params', 'rows', 'surql', 'ttl', 'wait']);
  assert.equal((await callerOf(byAnn.body)).system, false);
  await ask(ann, `CREATE _spooky_request SET queries = [{ query: _spooky_query:abc, surql: 'SELECT * FROM post', params: '{}' }], system = true, caller = user:root`);
  const [direct] = recorder.take();
  assert.equal((await callerOf(direct.body)).system, false);
  assert.equal(String((await callerOf(direct.body)).auth), String(await askOne(ann, 'RETURN $auth')));
});

schemaTest('queries that are registered at once are posted at once, each in the name of who asks', async () => {
  const forged = "{ id: 'b', surql: 'SELECT * FROM user', auth: '{ system: true }', epoch: 9223372036854775807, metadata: { id: 'm' } }";
  await ask(ann, `fn::query::register_all([{ id: 'a', surql: 'SELECT * FROM post', params: { at: d'2026-01-01T00:00:00Z' } }, ${forged}])`).catch(() => {});
  const [{ body }, ...others] = recorder.take();
  assert.deepEqual(others, []);
  assert.deepEqual(body.map(({ id }) => id), ['_spooky_query:a', '_spooky_query:b']);
  assert.equal(body[0].params, "{ at: d'2026-01-01T00:00:00Z' }");
  for (const one of body) {
    assert.deepEqual(Object.keys(one).sort(), ['auth', 'clientId', 'edges', 'format', 'id', 'lastActiveAt', 'params', 'rows', 'surql', 'ttl', 'wait']);
    assert.equal((await callerOf(one)).system, false);
  }
});

schemaTest('a guest is no system user, though the database says as little of him', async (t) => {
  const guest = await connect(server.addr, { ...scope(), authentication: null });
  const refused = await ask(guest, "fn::query::register({ id: 'abc', surql: 'SELECT * FROM post', system: true })").then(() => undefined, (error) => error);
  await guest.close();
  if (/Anonymous access not allowed/.test(refused?.message)) return t.skip('this server lets no guest in');
  assert.equal(refused, undefined);
  const [{ body }] = recorder.take();
  const caller = await callerOf(body);
  assert.equal(caller.system, false);
  assert.equal(caller.auth, undefined);
});

schemaTest('the secret stands in no definition and no user reads it', async () => {
  const definitions = JSON.stringify([await askOne(root, 'INFO FOR DB'), await askOne(root, 'INFO FOR TABLE _spooky_request'),
    await askOne(root, 'INFO FOR TABLE _spooky_view'), await askOne(root, 'INFO FOR TABLE _spooky_query')]);
  assert.ok(definitions.includes('_spooky_secret'));
  assert.ok(!definitions.includes('b\\\\c'), 'the secret is in a definition');
  assert.deepEqual(await askOne(ann, 'SELECT * FROM _spooky_secret'), []);
  assert.equal(await askOne(ann, 'RETURN _spooky_secret:node.secret'), undefined);
});

schemaTest('two users with one query id see each his own result, and root the one of system users', async () => {
  await ask(ann, `fn::query::register(${QUERY})`);
  await ask(bob, `fn::query::register(${QUERY})`);
  const shown = async (db) => {
    const [edges, state, queries] = await ask(db, `SELECT VALUE <string>out FROM _spooky_list_ref WHERE in = _spooky_query:abc;
      SELECT VALUE { rowCount: rowCount, state: state, error: error } FROM ONLY _spooky_query:abc; SELECT VALUE rowCount FROM _spooky_query`);
    return [edges.sort(), { ...state }, queries];
  };
  assert.deepEqual(await shown(ann), [['post:1', 'post:2'], { rowCount: 2, state: 'ready', error: undefined }, [2]]);
  assert.deepEqual(await shown(bob), [['post:2'], { rowCount: 1, state: 'ready', error: undefined }, [1]]);
  assert.equal((await askOne(bob, 'SELECT * FROM _spooky_view')).length, 1);
  assert.equal(await askOne(root, 'SELECT VALUE rowCount FROM ONLY _spooky_query:abc'), undefined);
  await ask(root, `fn::query::register(${QUERY})`);
  assert.equal(await askOne(root, 'SELECT VALUE rowCount FROM ONLY _spooky_query:abc'), 2);
  assert.equal((await shown(bob))[1].rowCount, 1);
});

schemaTest('an id is a record, its text or the key alone; parameters may be text already', async () => {
  for (const id of ['_spooky_query:abc', '"_spooky_query:abc"', '"abc"']) {
    await ask(ann, `fn::query::register({ id: ${id}, surql: 'SELECT * FROM post', params: '{ a: post:1 }' })`);
    const [{ body }] = recorder.take();
    assert.equal(body.id, '_spooky_query:abc');
    assert.equal(body.params, '{ a: post:1 }');
  }
});

schemaTest('what is not one whole id is refused, and nothing is posted', async () => {
  for (const id of ['"_spooky_query:a|b"', '"_spooky_query:1..5"', '"_spooky_query:"', '""', 'user:1', 'NONE', '_spooky_query:1..5', '"_spooky_query:a;b"', '"_spooky_query:a b"', '{ a: 1 }']) {
    await assert.rejects(ask(ann, `fn::query::register({ id: ${id}, surql: 'SELECT * FROM post' })`), undefined, id);
    assert.deepEqual(recorder.take(), [], id);
  }
});

schemaTest('a refused query throws code and place, and owns nothing', async () => {
  await assert.rejects(ask(ann, "fn::query::register({ id: 'abc', surql: 'bad' })"), /PARSE_ERROR: line 1, column 1: no/);
  assert.deepEqual(await askOne(root, 'SELECT * FROM _spooky_owner'), []);
});

schemaTest('others see, change and forge nothing', async () => {
  await ask(ann, `fn::query::register(${QUERY})`);
  for (const text of ['SELECT * FROM _spooky_query', 'SELECT * FROM _spooky_view', 'SELECT * FROM _spooky_list_ref', 'SELECT * FROM _spooky_owner', 'SELECT * FROM _spooky_request',
    'DELETE _spooky_query:abc RETURN BEFORE', 'DELETE _spooky_view RETURN BEFORE', "UPDATE _spooky_query:abc SET surql = 'x'", "CREATE _spooky_query:x SET surql = 'x'",
    "CREATE _spooky_view:x SET query = _spooky_query:abc, surql = 'x'", 'RELATE _spooky_query:abc->_spooky_list_ref->post:1 SET version = 9, view = _spooky_view:abc',
    'RELATE user:ann->_spooky_owner->_spooky_query:abc', "INSERT RELATION INTO _spooky_owner { id: [<string>$auth, 'abc'], in: $auth, out: _spooky_query:abc, view: _spooky_view:⟨abc~ann⟩ }",
    "INSERT RELATION INTO _spooky_owner { id: ['user:ann', 'abc'], in: $auth, out: _spooky_query:abc }", 'DELETE _spooky_list_ref RETURN BEFORE', 'DELETE _spooky_owner RETURN BEFORE',
    'SELECT * FROM _spooky_version']) {
    assert.deepEqual(await askOne(bob, text), [], text);
  }
  assert.equal(await askOne(bob, 'fn::query::heartbeat(_spooky_query:abc)'), false);
  await assert.rejects(ask(bob, 'INFO FOR DB'), /permission/i);
  assert.equal((await askOne(root, 'SELECT * FROM _spooky_list_ref')).length, 2);
  assert.equal((await askOne(root, 'SELECT * FROM _spooky_owner')).length, 1);
  assert.equal((await askOne(ann, 'SELECT * FROM _spooky_list_ref')).length, 2);
});

schemaTest('an owner says that he is alive, now and for himself, and changes nothing else', async () => {
  await ask(ann, `fn::query::register(${QUERY})`);
  await ask(bob, `fn::query::register(${QUERY})`);
  const views = () => askOne(root, 'SELECT * FROM _spooky_view ORDER BY id');
  const owner = (of) => askOne(root, 'SELECT * OMIT lastActiveAt FROM ONLY _spooky_owner WHERE in.name = $of LIMIT 1', { of });
  const activity = (of) => askOne(root, 'SELECT VALUE <string>lastActiveAt FROM ONLY _spooky_owner WHERE in.name = $of LIMIT 1', { of });
  const [before, owning, bobs] = [await views(), await owner('ann'), await activity('bob')];
  for (const text of ["UPDATE _spooky_owner SET view = _spooky_view:⟨abc~bob⟩, ttl = 1s, lastActiveAt = d'1970-01-01T00:00:00Z'", 'UPDATE _spooky_query:abc SET lastActiveAt = time::now()',
    "UPDATE _spooky_query:abc SET surql = 'x', rowCount = 9, state = 'x', ttl = 1s, ssp = 'z', epoch = 99"]) {
    const was = await activity('ann');
    await ask(ann, text).catch(() => {});
    const is = await activity('ann');
    assert.ok(is >= was && is > '2020', `${text}: ${is}`);
  }
  assert.deepEqual(await views(), before);
  assert.deepEqual(await owner('ann'), owning);
  assert.equal(await activity('bob'), bobs);
  const was = await activity('ann');
  assert.equal(await askOne(ann, 'fn::query::heartbeat("abc")'), true);
  assert.ok(await activity('ann') > was);
  assert.equal(await askOne(ann, 'fn::query::heartbeat("another")'), false);
});

schemaTest('a client that touches the record of its query keeps it alive', async () => {
  await ask(ann, `fn::query::register(${QUERY})`);
  const activity = () => askOne(root, 'SELECT VALUE <string>lastActiveAt FROM ONLY _spooky_owner LIMIT 1');
  const was = await activity();
  await ask(ann, 'UPDATE _spooky_query:abc MERGE { seen: 1 }');
  assert.ok(await activity() > was);
});

schemaTest('a query goes with its last owner, and owners with it', async () => {
  await ask(root, generated('system_schema_sync'));
  await ask(ann, `fn::query::register(${QUERY})`);
  await ask(bob, `fn::query::register(${QUERY})`);
  recorder.take();
  await ask(ann, 'DELETE _spooky_query:abc');
  assert.deepEqual(ids(await askOne(root, 'SELECT id FROM _spooky_query')), ['_spooky_query:abc']);
  assert.deepEqual(recorder.take(), []);
  await ask(ann, 'fn::query::unregister(_spooky_query:abc)');
  assert.deepEqual(recorder.take().map(({ path, body }) => [path, body]), [['/view/unregister', { view: 'abc~ann' }]]);
  assert.deepEqual(await askOne(ann, 'SELECT * FROM _spooky_query, _spooky_view, _spooky_list_ref'), []);
  assert.equal((await askOne(bob, 'SELECT * FROM _spooky_list_ref')).length, 1);
  await ask(bob, 'DELETE _spooky_query:abc');
  // From 3.3 on a user's deletion leaves the edges that he may not delete himself: the SSP, which is told, removes them.
  assert.deepEqual(await askOne(root, 'SELECT * FROM _spooky_query, _spooky_owner'), []);
  assert.deepEqual(recorder.take().map(({ body }) => body).at(-1), { id: '_spooky_query:abc' });
});

schemaTest('a query\'s record shows its owner its fields, and nothing of what they are made of', async () => {
  await ask(ann, `fn::query::register(${QUERY})`);
  const shown = await askOne(ann, 'SELECT * FROM ONLY _spooky_query:abc');
  assert.equal(shown.state, 'ready');
  assert.deepEqual(Object.keys(shown).filter((name) => /^_spooky|auth|epoch|writes/.test(name)), []);
  assert.equal(await askOne(ann, 'SELECT VALUE _spooky_shown ?? _spooky_said FROM ONLY _spooky_query:abc'), undefined);
});

schemaTest('a deleted account leaves no ownership behind', async () => {
  await ask(ann, `fn::query::register(${QUERY})`);
  await ask(root, "DELETE user WHERE name = 'ann'");
  assert.deepEqual(await askOne(root, 'SELECT * FROM _spooky_owner'), []);
  assert.deepEqual(await askOne(ann, 'SELECT * FROM _spooky_list_ref'), []);
});

schemaTest('a synchronous deletion is posted, an SSP\'s own is not', async () => {
  await ask(root, generated('system_schema_sync'));
  await ask(ann, `fn::query::register(${QUERY})`);
  recorder.take();
  await ask(ann, 'DELETE _spooky_query:abc');
  // From 3.3 on the view that goes with its last owner is told of as well.
  assert.deepEqual(recorder.take().map(({ path, body }) => [path, body]).at(-1), ['/view/unregister', { id: '_spooky_query:abc' }]);
  await ask(ann, `fn::query::register(${QUERY})`);
  recorder.take();
  await ask(root, `BEGIN; UPDATE _spooky_view:⟨abc~ann⟩ SET state = 'removed'; DELETE _spooky_view:⟨abc~ann⟩;
    UPDATE _spooky_query:abc SET removed = true; DELETE _spooky_query:abc; COMMIT`);
  assert.deepEqual(recorder.take(), []);
});

schemaTest('an asynchronous deletion works while nobody listens', async () => {
  await ask(ann, `fn::query::register(${QUERY})`);
  await recorder.stop();
  await ask(ann, 'DELETE _spooky_query:abc');
  assert.deepEqual(await askOne(root, 'SELECT * FROM _spooky_query'), []);
  await assert.rejects(ask(ann, `fn::query::register(${QUERY})`), /HTTP request/);
});

schemaTest('an edge batch repeated raises no version, a leaving row is bumped, then deleted', async () => {
  const watcher = await connectRaw(server.addr, scope());
  await watcher.call('query', 'LIVE SELECT * FROM _spooky_list_ref');
  assert.deepEqual(await claim({}), []);
  assert.deepEqual(await write({ rows: [row(1, 1), row(2, 1)], state: { rowCount: 2 } }), []);
  assert.deepEqual(await write({ rows: [row(1, 1), row(2, 1)], state: { rowCount: 2 } }), []);
  assert.deepEqual(await write({ rows: [row(1, 7)], gone: [edge(viewOf(), 'post:2'), edge(viewOf(), 'post:99')], state: { rowCount: 1 } }), []);
  // From 3.3 on LIVE tells of a write that changes nothing, too.
  const seen = () => [...new Set(watcher.notifications.map((n) => `${n.action === 'UPDATE' && n.result.version === 1 ? 'CREATE' : n.action} ${n.record.id[1]} ${n.result.version}`))];
  await eventually(() => assert.deepEqual(seen(), ['CREATE post:1 1', 'CREATE post:2 1', 'UPDATE post:1 7', 'UPDATE post:2 2', 'DELETE post:2 2']));
  watcher.close();
});

schemaTest('an older epoch is fenced off and leaves no trace', async () => {
  assert.deepEqual(await claim({}), []);
  assert.deepEqual(await write({ epoch: 2, rows: [row(1, 1)], state: { rowCount: 1 } }), []);
  const failed = await write({ epoch: 1, rows: [row(2, 9)], state: { rowCount: 9 } });
  assert.ok(failed.some((message) => message.includes('FENCED')));
  assert.deepEqual(ids(await askOne(root, 'SELECT id FROM _spooky_list_ref')).length, 1);
  assert.equal(await askOne(root, 'SELECT VALUE rowCount FROM ONLY _spooky_query:abc'), 1);
});

schemaTest('table events post each change with its version, also of edges that go with a record', async () => {
  await ask(root, generated('table_events_sync'));
  await ask(ann, 'CREATE post:7 SET at = d"2026-01-01T00:00:00Z", by = user:x, gone = NONE; RELATE post:7->likes:1->post:1; UPDATE post:7 SET n = 1; DELETE post:7; CREATE post:7');
  const posted = recorder.take();
  assert.deepEqual(posted.map(({ path, body: { table, op, id, version } }) => [path, table, op, id, version]), [
    ['/ingest', 'post', 'CREATE', 'post:7', 1], ['/ingest', 'likes', 'CREATE', 'likes:1', 1], ['/ingest', 'post', 'UPDATE', 'post:7', 2],
    ['/ingest', 'likes', 'DELETE', 'likes:1', 2], ['/ingest', 'post', 'DELETE', 'post:7', 3], ['/ingest', 'post', 'CREATE', 'post:7', 4]]);
  assert.deepEqual(posted[0].body.record, { id: 'post:7', at: '2026-01-01T00:00:00Z', by: 'user:x', _spooky_rv: 1 });
  assert.equal(posted[0].headers['x-spooky-errors'], undefined);
});

schemaTest('synchronous table events do not lose a change that we refuse', async () => {
  await ask(root, generated('table_events_sync'));
  recorder.answers['/ingest'] = async () => ({ status: 503, body: { code: 'NOT_READY', message: '' } });
  await assert.rejects(ask(ann, 'CREATE post:8'), /503/);
  assert.deepEqual(await askOne(root, 'SELECT * FROM post:8'), []);
});

schemaTest('asynchronous table events keep the change in the outbox, and nothing of a rolled back write', async () => {
  await ask(root, generated('table_events'));
  await recorder.stop();
  await ask(ann, 'CREATE post:8; UPDATE post:8 SET n = 1');
  await root.query('BEGIN; CREATE post:9; THROW "no"; COMMIT').responses();
  const bodies = await askOne(root, 'SELECT VALUE body FROM _spooky_outbox');
  assert.deepEqual(bodies.map((b) => [String(b.id), b.op, b.version]).sort(), [['post:8', 'CREATE', 1], ['post:8', 'UPDATE', 2]]);
});

schemaTest('a deletion that SurrealDB hides is refused and named, not lost', async () => {
  await ask(root, generated('table_events_sync'));
  const outcome = await root.query('BEGIN; UPDATE post:1 SET n = 1; DELETE post:1; COMMIT').responses();
  // SurrealDB 3.0 hides it; from 3.3 on it is posted.
  if (!outcome.some(({ error }) => error)) return assert.deepEqual(recorder.take().map(({ body: { op, id } }) => `${op} ${id}`), ['UPDATE post:1', 'DELETE post:1']);
  assert.ok(outcome.some(({ error }) => /written in the same transaction.*changefeed for post/.test(error?.message)));
  return assert.equal((await askOne(root, 'SELECT * FROM post:1')).length, 1);
});

schemaTest('an owner may keep alive and give up in one transaction', async () => {
  await ask(ann, `fn::query::register(${QUERY})`);
  await ask(ann, "BEGIN; fn::query::heartbeat('abc'); fn::query::heartbeat('abc'); SELECT * FROM _spooky_query; DELETE _spooky_query:abc; COMMIT");
  assert.deepEqual(await askOne(root, 'SELECT * FROM _spooky_query, _spooky_owner'), []);
});

schemaTest('events can be taken back', async () => {
  await ask(root, generated('table_events_sync'));
  await ask(root, 'REMOVE EVENT IF EXISTS _spooky_capture ON `post`; REMOVE EVENT IF EXISTS _spooky_capture ON `likes`');
  await ask(ann, 'CREATE post:8');
  assert.deepEqual(recorder.take(), []);
});

schemaTest('a change feed is switched on without touching the definition', async () => {
  await ask(root, 'ALTER TABLE `post` CHANGEFEED 259200s; ALTER TABLE `post` CHANGEFEED 259200s');
  const { tables } = await askOne(root, 'INFO FOR DB');
  assert.match(tables.post, /CHANGEFEED 3d/);
  assert.match(tables.post, /PERMISSIONS FULL/);
});
