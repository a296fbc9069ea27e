// Views never show what the database hides from whoever asked for them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { RecordId } from 'surrealdb';
import { eventually } from '../harness/eventually.mjs';
import { Application, SECRET_TOKEN } from './application.mjs';

let app;
before(async () => { app = await Application.open('security_views'); });
after(() => app.stop());

const shown = (answer) => answer.ids.map(([id]) => String(id)).sort();
/**
 * Rows as JSON, in which the answer to a registration travels, without what is NONE: what leads to a hidden record
 * is NONE with us, and sometimes nothing at all in SurrealDB 3.3.
 */
const said = (rows) => JSON.parse(JSON.stringify(rows, (_, v) => {
  if (Array.isArray(v)) return v.filter((element) => element != null);
  return v === null ? undefined : v;
}));
let keys = 0;
const fresh = () => `view${++keys}`;

/** Nothing of `hidden` stands in anything that the user is told of the query. */
async function tellsNothingOf(db, key, answer, hidden) {
  const told = JSON.stringify([answer, await app.seen(db, key)]);
  for (const text of hidden) assert.ok(!told.includes(text), `${text} stands in ${told}`);
}

test('a guest gets no row of a table without permissions, and those of an open one', async (t) => {
  if (!app.guestsAreIn) return t.skip('this SurrealDB lets no guest in');
  for (const table of ['secret', 'unsaid', 'user']) {
    const key = fresh();
    const answer = await app.register(app.guest, key, `SELECT * FROM ${table}`);
    assert.deepEqual([answer.rows, answer.ids, answer.rowCount], [[], [], 0]);
    await tellsNothingOf(app.guest, key, answer, ['code', 'nobody said', 'ann']);
  }
  const open = await app.register(app.guest, fresh(), 'SELECT * FROM doc');
  assert.deepEqual(shown(open), ['doc:open']);
});

test('a record user gets no row of PERMISSIONS NONE or of permissions nobody gave, not even its id', async () => {
  for (const table of ['secret', 'unsaid']) {
    for (const what of ['*', 'id', 'VALUE id']) {
      const key = fresh();
      const answer = await app.register(app.ann, key, `SELECT ${what} FROM ${table}`);
      await tellsNothingOf(app.ann, key, answer, [`${table}:1`, 'code', 'nobody said']);
      assert.deepEqual(answer.rows, []);
    }
    const counted = await app.register(app.ann, fresh(), `SELECT count() FROM ${table} GROUP ALL`);
    assert.equal(counted.rows[0]?.count ?? 0, 0);
  }
});

test('a nested metadata object changes nothing of what is registered, nor for whom', async () => {
  const key = fresh();
  const outcome = await app.register(app.ann, key, 'SELECT * FROM doc', {
    metadata: { id: key, surql: 'SELECT * FROM user' }, auth: '{ system: true }', system: true, caller: null,
  }).catch(({ message }) => message);
  if (typeof outcome !== 'string') assert.deepEqual(shown(outcome), ['doc:anns', 'doc:open']);
  await tellsNothingOf(app.ann, key, outcome, ['argon2', 'pass', String(app.bobId)]);
});

test('a user sees himself without his password hash, and nobody else', async () => {
  const answer = await app.register(app.ann, fresh(), 'SELECT * FROM user');
  assert.deepEqual(shown(answer), [String(app.annId)]);
  assert.equal(answer.rows[0].pass, undefined);
});

test('a hidden field is not there: for projections, conditions, orders, errors', async () => {
  const key = fresh();
  const all = await app.register(app.ann, key, 'SELECT *, token FROM doc ORDER BY token, rank');
  await tellsNothingOf(app.ann, key, all, [SECRET_TOKEN]);
  assert.deepEqual(all.rows.map(({ id }) => String(id)), ['doc:open', 'doc:anns']);
  const cast = fresh();
  const failing = await app.register(app.ann, cast, 'SELECT * FROM doc WHERE <int> token > 0').catch(({ message }) => message);
  await tellsNothingOf(app.ann, cast, failing, [SECRET_TOKEN, SECRET_TOKEN.slice(1)]);
});

test('a hidden field cannot be guessed letter by letter', async () => {
  const counts = [];
  for (const p of [SECRET_TOKEN[0], 'Z', SECRET_TOKEN]) {
    const surql = 'SELECT id FROM doc WHERE token != NONE AND string::starts_with(token, $p)';
    counts.push((await app.register(app.ann, fresh(), surql, { params: { p } })).rowCount);
  }
  assert.deepEqual(counts, [0, 0, 0]);
});

test('links, FETCH, sub-queries, graph steps and record::exists lead to nothing hidden', async () => {
  for (const surql of [
    'SELECT *, secret.text AS t, secret.* AS s, doc.title AS d FROM public',
    'SELECT * FROM public FETCH secret, doc',
    'SELECT *, (SELECT * FROM secret) AS all, (SELECT VALUE text FROM $parent.secret) AS one FROM public',
    'SELECT id, ->knows->secret.text AS s, ->knows->doc.title AS d FROM public',
    'SELECT id, record::exists(secret:1) AS there, record::exists(doc:bobs) AS his FROM public',
    'SELECT * FROM public WHERE secret.n = 1',
    'SELECT * FROM public ORDER BY secret.n',
  ]) {
    const key = fresh();
    const answer = await app.register(app.ann, key, surql);
    assert.deepEqual(said(answer.rows), said(await app.value(app.ann, surql)), surql);
    await tellsNothingOf(app.ann, key, answer, ['code', 'of bob']);
    assert.ok((await app.seen(app.ann, key)).edges.every((out) => !out.startsWith('secret:') && out !== 'doc:bobs'), surql);
  }
});

test('two users and root register the same id: each has his own rows, edges, count and root', async () => {
  const surql = 'SELECT * FROM doc';
  const parties = [[app.ann, ['doc:anns', 'doc:open']], [app.bob, ['doc:bobs', 'doc:open']], [app.root, ['doc:anns', 'doc:bobs', 'doc:open']]];
  const roots = new Set();
  for (const [db, expected] of parties) assert.deepEqual(shown(await app.register(db, 'shared', surql)), expected);
  for (const [db, expected] of parties.slice(0, 2)) {
    const { edges, record } = await app.seen(db, 'shared');
    assert.deepEqual(edges, expected);
    assert.equal(record.rowCount, expected.length);
    assert.equal(record.state, 'ready');
    roots.add(record.merkle_root);
  }
  assert.equal(roots.size, 2);
});

test('a limit is filled from what each may see', async () => {
  const surql = 'SELECT * FROM doc ORDER BY rank DESC LIMIT 1';
  assert.deepEqual(shown(await app.register(app.ann, 'top', surql)), ['doc:anns']);
  assert.deepEqual(shown(await app.register(app.bob, 'top', surql)), ['doc:bobs']);
  if (app.guestsAreIn) assert.deepEqual(shown(await app.register(app.guest, 'top', surql)), ['doc:open']);
});

test('a view follows rows that become visible or hidden, and says nothing of the others', async () => {
  const key = fresh();
  await app.register(app.ann, key, "SELECT * FROM doc WHERE rank > 10");
  const sees = (ids) => eventually(async () => assert.deepEqual((await app.seen(app.ann, key)).edges, ids), 10_000);
  await app.root.query('CREATE doc:new SET rank = 11, owner = $bob; CREATE doc:own SET rank = 12, owner = $ann',
    { ann: app.annId, bob: app.bobId }).collect();
  await sees(['doc:own']);
  await app.root.query('UPDATE doc:new SET open = true; UPDATE doc:own SET owner = $bob', { bob: app.bobId }).collect();
  await sees(['doc:new']);
  await app.root.query('DELETE doc:new, doc:own').collect();
  await sees([]);
});

test('a definition that changes changes what views show', async () => {
  const key = fresh();
  const define = (permissions) => app.root.query(`DEFINE TABLE OVERWRITE memo SCHEMALESS ${permissions} CHANGEFEED 1d`).collect();
  await app.root.query('DEFINE TABLE memo SCHEMALESS PERMISSIONS FULL CHANGEFEED 1d; CREATE memo:1; CREATE memo:2').collect();
  const sees = (ids) => eventually(async () => assert.deepEqual((await app.seen(app.ann, key)).edges, ids), 20_000);
  await eventually(async () => assert.equal((await app.register(app.ann, key, 'SELECT * FROM memo')).rowCount, 2), 20_000);
  await sees(['memo:1', 'memo:2']);
  await define('PERMISSIONS NONE');
  await sees([]);
  await define('PERMISSIONS FOR select WHERE id = memo:2');
  await sees(['memo:2']);
});

test('what a record user reads of the installed tables is his own', async () => {
  const key = fresh();
  await app.register(app.ann, key, 'SELECT * FROM doc');
  const query = new RecordId('_spooky_query', key);
  for (const text of ['SELECT * FROM _spooky_view', 'SELECT * FROM _spooky_list_ref', 'SELECT * FROM _spooky_owner']) {
    const told = JSON.stringify(await app.value(app.bob, `${text} WHERE in = $query OR query = $query OR out = $query`, { query }));
    assert.equal(told, '[]', text);
  }
  for (const table of ['secret', 'request', 'version', 'job'])
    assert.deepEqual(await app.value(app.bob, `SELECT * FROM _spooky_${table}`).catch(() => []), [], table);
});
