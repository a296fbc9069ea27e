// A change committed in SurrealDB comes back as edges a client can read (I5, I7).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { RecordId } from 'surrealdb';
import { Cluster } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { get, post } from '../harness/http.mjs';
import { answer, edges, follows, register, relatedEdges } from '../harness/views.mjs';
import { FIRST_RECORDS, FORUM } from './forum.mjs';

const ANN = new RecordId('user', 'ann');
let cluster;
let db;

before(async () => {
  cluster = await Cluster.open('views');
  db = cluster.db;
  await cluster.query(FORUM + FIRST_RECORDS);
  await cluster.addScheduler();
  await Promise.all([cluster.addSsp(), cluster.addSsp()]);
  await cluster.ready();
  await cluster.applySchema();
});
after(() => cluster.stop());

const outs = (list) => list.map(({ out }) => out);

test('a view has its edges as soon as its registration returns', async () => {
  const view = await register(db, 'SELECT * FROM thread WHERE open = true');
  assert.deepEqual(outs(await edges(db, view)), await answer(db, view));
  const [{ state, rowCount, surql, clientId }] = await cluster.query('SELECT * FROM $id', { id: view.id });
  assert.deepEqual({ state, rowCount, surql, clientId },
    { state: 'ready', rowCount: 2, surql: view.surql, clientId: 'client-1' });
});

test('edges follow creates, updates and deletes', async () => {
  const view = await register(db, 'SELECT * FROM thread WHERE open = true AND author = $author', { author: ANN });
  assert.deepEqual(outs(await follows(db, view)), ['thread:1']);
  for (const [statement, expected] of [
    ['CREATE thread:10 SET title = "Ten", author = user:ann', ['thread:1', 'thread:10']],
    ['UPDATE thread:10 SET open = false', ['thread:1']],
    ['UPDATE thread:10 SET open = true', ['thread:1', 'thread:10']],
    ['UPDATE thread:2 SET author = user:ann', ['thread:1', 'thread:10', 'thread:2']],
    ['DELETE thread:10', ['thread:1', 'thread:2']],
    ['UPDATE thread:2 SET author = user:bob', ['thread:1']],
  ]) {
    await cluster.query(statement);
    assert.deepEqual(outs(await follows(db, view)), expected, statement);
  }
});

test('rows of groups and splits have no edges: the record has them, and follows', async () => {
  const grouped = await register(db, 'SELECT author, count() AS n FROM thread GROUP BY author ORDER BY author');
  const split = await register(db, 'SELECT VALUE open FROM thread SPLIT open');
  const shown = async (view) => (await cluster.query('SELECT rows, rowCount, state FROM $id', { id: view.id }))[0];
  const follow = (view) => eventually(async () => {
    const rows = await cluster.query(view.surql);
    assert.deepEqual(await shown(view), { rows, rowCount: rows.length, state: 'ready' });
  });
  for (const view of [grouped, split]) await follow(view);
  assert.deepEqual(await edges(db, grouped), []);
  for (const statement of ['CREATE thread:20 SET title = "Twenty", author = user:cat, open = true', 'DELETE thread:20']) {
    await cluster.query(statement);
    for (const view of [grouped, split]) await follow(view);
  }
  const records = await register(db, 'SELECT * FROM thread');
  assert.equal((await shown(records)).rows, undefined);
});

test('a version rises with each change of its record, and only then', async () => {
  const view = await register(db, 'SELECT * FROM user WHERE active = true');
  const versionOf = async (id) => (await edges(db, view)).find(({ out }) => out === id).version;
  const [annBefore, bobBefore] = [await versionOf('user:ann'), await versionOf('user:bob')];
  await cluster.query('UPDATE user:ann SET name = "Anna"');
  await eventually(async () => assert.ok((await versionOf('user:ann')) > annBefore));
  assert.equal(await versionOf('user:bob'), bobBefore);
});

test('a limited view refills from what was outside it', async () => {
  const view = await register(db, 'SELECT * FROM thread ORDER BY score DESC, id LIMIT 2');
  await follows(db, view);
  for (const statement of [
    'CREATE thread:20 SET title = "Top", author = user:bob, score = 100',
    'DELETE thread:20',
    'UPDATE thread:1 SET score = -1',
    'UPDATE thread:1 SET score = 50',
  ]) {
    await cluster.query(statement);
    await follows(db, view);
  }
});

test('a condition on a linked record follows that record', async () => {
  const view = await register(db, 'SELECT * FROM thread WHERE author.active = true');
  await follows(db, view);
  await cluster.query('UPDATE user:bob SET active = false');
  assert.ok(!outs(await follows(db, view)).includes('thread:2'));
  await cluster.query('UPDATE user:bob SET active = true');
  assert.ok(outs(await follows(db, view)).includes('thread:2'));
});

test('related rows have edges of their own, under their alias', async () => {
  const view = await register(db,
    'SELECT *, (SELECT * FROM comment WHERE thread = $parent.id) AS comments FROM thread WHERE open = true');
  await follows(db, view);
  await eventually(async () =>
    assert.deepEqual(await relatedEdges(db, view), ['comments: comment:1', 'comments: comment:2']));
  await cluster.query('CREATE comment:3 SET text = "Third", thread = thread:1, author = user:eve; DELETE comment:2');
  await eventually(async () =>
    assert.deepEqual(await relatedEdges(db, view), ['comments: comment:1', 'comments: comment:3']));
});

test('one transaction of many records arrives as a whole', async () => {
  const view = await register(db, 'SELECT * FROM comment WHERE text = "bulk"');
  await cluster.query(`BEGIN; FOR $n IN 1000..1200 { CREATE type::record('comment', $n)
    SET text = "bulk", thread = thread:1, author = user:ann }; COMMIT`);
  assert.equal((await follows(db, view)).length, 200);
  await cluster.query('DELETE comment WHERE text = "bulk"');
  assert.deepEqual(await follows(db, view), []);
});

test('what is rolled back is never seen', async () => {
  const view = await register(db, 'SELECT * FROM user WHERE name = "Ghost"');
  await cluster.query('BEGIN; CREATE user:ghost SET name = "Ghost"; THROW "no"; COMMIT').catch(() => {});
  await cluster.query('CREATE user:real SET name = "Ghost"');
  assert.deepEqual(outs(await follows(db, view)), ['user:real']);
});

test('writes of many clients at once all arrive', async () => {
  const view = await register(db, 'SELECT * FROM thread WHERE title = "crowd"');
  await Promise.all(Array.from({ length: 6 }, async (_, client) => {
    const connection = await cluster.connect();
    for (let n = 0; n < 25; n++) {
      await connection.query('CREATE type::record("thread", $id) SET title = "crowd", author = user:ann; UPDATE type::record("thread", $id) SET score += 1',
        { id: `c${client}_${n}` }).collect();
    }
    await connection.close();
  }));
  assert.equal((await follows(db, view, 20_000)).length, 150);
});

test('registering again under the same id keeps the view', async () => {
  const surql = 'SELECT * FROM user WHERE name != "Nobody"';
  const first = await register(db, surql);
  const seen = await follows(db, first);
  await register(db, surql, {}, { clientId: 'client-2' });
  assert.deepEqual(await edges(db, first), seen);
});

test('a query that cannot be kept is refused with its position, and nothing is left of it', async () => {
  await assert.rejects(() => register(db, 'SELECT * FROM thread ORDER BY rand()'), /rand/);
  await assert.rejects(() => register(db, 'SELECT * FRM thread'), /1:10|line 1|column 10/i);
  const left = await cluster.query('SELECT VALUE id FROM _spooky_query WHERE surql CONTAINS "FRM" OR surql CONTAINS "rand"');
  assert.deepEqual(left, []);
});

test('deleting the query record ends the view and its edges', async () => {
  const views = async () => (await Promise.all(cluster.ssps.map((ssp) => get(`${ssp.url}/info`))))
    .reduce((sum, { json }) => sum + json[0].views, 0);
  const view = await register(db, 'SELECT * FROM comment WHERE text = "short-lived"');
  const before = await views();
  await cluster.query('DELETE $id', { id: view.id });
  await eventually(async () => assert.equal(await views(), before - 1), 10_000);
  assert.deepEqual(await edges(db, view), []);
});

test('a view that is ended and registered at once stays', async () => {
  const surql = 'SELECT * FROM comment WHERE text = "wanted again"';
  const view = await register(db, surql);
  for (let round = 0; round < 10; round++) {
    if (round % 2) await cluster.query('fn::query::unregister($id)', { id: view.id });
    else await cluster.query('DELETE $view', { view: new RecordId('_spooky_view', view.id.id) });
    await cluster.query('fn::query::register($data)', { data: { id: view.id, surql } });
  }
  // The database tells of an end after a while, and may tell it again.
  const late = await post(`${cluster.scheduler.url}/view/unregister`, { view: view.id.id, unless_wanted: true });
  assert.equal(late.status, 409, late.text);
  await cluster.query('CREATE comment:wanted SET text = "wanted again", thread = thread:1, author = user:ann');
  assert.deepEqual(outs(await follows(db, view)), ['comment:wanted']);
  assert.equal((await cluster.query('SELECT VALUE id FROM $id', { id: view.id })).length, 1);
});

test('a view whose client is gone ends with its time to live', async () => {
  const view = await register(db, 'SELECT * FROM comment WHERE text = "ttl"', {}, { ttl: '1s' });
  await eventually(async () =>
    assert.deepEqual(await cluster.query('SELECT VALUE id FROM $id', { id: view.id }), []), 15_000);
});
