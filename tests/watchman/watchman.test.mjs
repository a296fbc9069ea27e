// Damage by kind: found, repaired, counted, told.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { RecordId } from 'surrealdb';
import { eventually } from '../harness/eventually.mjs';
import { post } from '../harness/http.mjs';
import { edges, follows, register } from '../harness/views.mjs';
import { FOUND_WITHIN_MS, Watched } from './watched.mjs';

const TABLES = `DEFINE TABLE thread; DEFINE TABLE posted; DEFINE TABLE beside;
  DEFINE FIELD twice ON thread COMPUTED n * 2;
  FOR $i IN 1..=40 { CREATE type::record('thread', $i) SET n = $i, open = $i % 2 = 0 };
  CREATE posted:1 SET n = 1; CREATE posted:2 SET n = 2`;
const OPEN_THREADS = 'SELECT * FROM thread WHERE open ORDER BY n';

/** Waits until the row is the same for the replica and for SurrealDB. */
const sameRow = (cluster, row) => eventually(async () => {
  const text = `SELECT VALUE n FROM ${row}`;
  assert.deepEqual(await cluster.replica(text), await cluster.query(text));
}, FOUND_WITHIN_MS);

describe('with a scheduler', () => {
  let cluster;
  let view;
  before(async () => {
    cluster = await Watched.open('watchman');
    await cluster.query(TABLES);
    await cluster.run();
    view = await eventually(() => register(cluster.db, OPEN_THREADS));
    await follows(cluster.db, view);
  });
  after(() => cluster.stop());

  test('a change on its way is no drift', async () => {
    let writing = true;
    const writes = (async () => {
      for (let i = 0; writing; i += 1) await cluster.query(`UPDATE thread:${1 + (i % 40)} SET n += 1; UPSERT thread:${100 + (i % 10)} SET n = ${i}, open = true; DELETE thread:${100 + ((i + 5) % 10)}`);
    })();
    await cluster.nothingFound().finally(() => { writing = false; });
    await writes;
    await follows(cluster.db, view);
  });

  test('a row changed in the replica', async () => {
    await cluster.damageReplica('put', '{ id: thread:4, n: 4000, open: true }');
    const found = await cluster.found(cluster.scheduler, 'row_changed', 'thread');
    assert.deepEqual(found.map(({ row }) => row), ['thread:4']);
    await sameRow(cluster, 'thread:4');
    assert.match(cluster.scheduler.tail, /the watchman found row_changed in table thread: thread:4/);
    assert.doesNotMatch(cluster.scheduler.tail, /4000/);
  });

  test('a row that only the replica has', async () => {
    await cluster.damageReplica('put', '{ id: thread:9999, n: 1, open: true }');
    await cluster.found(cluster.scheduler, 'row_extra', 'thread');
    await sameRow(cluster, 'thread:9999');
  });

  test('rows that the replica has not', async () => {
    await cluster.damageReplica('drop', 'posted');
    const found = await cluster.found(cluster.scheduler, 'row_missing', 'posted', 2);
    assert.deepEqual(found.map(({ row }) => row).sort(), ['posted:1', 'posted:2']);
    await sameRow(cluster, 'posted:1');
  });

  const gone = (row) => async () => assert.ok(!(await edges(cluster.db, view)).some(({ out }) => out === row));

  test('a row missing in an SSP', async () => {
    await follows(cluster.db, view);
    await cluster.lieToSsp({ table: 'thread', op: 'DELETE', id: 'thread:2' }, gone('thread:2'));
    await cluster.found(cluster.ssp, 'view', 'thread');
    await follows(cluster.db, view, FOUND_WITHIN_MS);
  });

  test('a row changed in an SSP', async () => {
    const before = await cluster.drift(cluster.ssp, 'view', 'thread');
    await cluster.lieToSsp({ table: 'thread', op: 'UPDATE', id: 'thread:6', record: { id: 'thread:6', n: 7, open: false } }, gone('thread:6'));
    await cluster.found(cluster.ssp, 'view', 'thread', before + 1);
    await follows(cluster.db, view, FOUND_WITHIN_MS);
  });

  const edgeOf = (row) => cluster.query('SELECT VALUE id FROM ONLY _spooky_list_ref WHERE in = $view AND out = $row LIMIT 1',
    { view: view.id, row: new RecordId('thread', row) });

  test('an edge deleted', async () => {
    await follows(cluster.db, view);
    await cluster.query('DELETE $edge', { edge: await edgeOf(8) });
    await cluster.found(cluster.ssp, 'edge_missing', '_spooky_list_ref');
    await follows(cluster.db, view);
  });

  test('an edge forged', async () => {
    const place = await cluster.query('SELECT VALUE view FROM ONLY $edge', { edge: await edgeOf(8) });
    await cluster.query("INSERT RELATION INTO _spooky_list_ref { id: 'forged', in: $view, out: thread:1, view: $place, version: 3, clientId: 'x' }",
      { view: view.id, place });
    await cluster.found(cluster.ssp, 'edge_extra', '_spooky_list_ref');
    await follows(cluster.db, view);
  });

  test('a version changed', async () => {
    const before = await edges(cluster.db, view);
    await cluster.query('UPDATE $edge SET version = 77', { edge: await edgeOf(10) });
    const found = await cluster.found(cluster.ssp, 'edge_changed', '_spooky_list_ref');
    assert.equal(found.length, 1);
    await eventually(async () => assert.deepEqual(await edges(cluster.db, view), before));
  });

  test('a record of a view changed', async () => {
    const place = await cluster.query('SELECT VALUE view FROM ONLY $edge', { edge: await edgeOf(10) });
    await cluster.query("UPDATE $place SET merkle_root = 'forged'", { place });
    await cluster.found(cluster.ssp, 'view_record', '_spooky_view');
    await eventually(async () => assert.notEqual(await cluster.query('SELECT VALUE merkle_root FROM ONLY $place', { place }), 'forged'));
  });

  test('all is repaired: nothing more is found', async () => {
    const before = JSON.stringify(await Promise.all([cluster.scheduler, cluster.ssp].map((process) => cluster.drift(process, 'view', 'thread'))));
    await cluster.query('UPDATE thread:2 SET n = 2');
    await follows(cluster.db, view);
    assert.equal(JSON.stringify(await Promise.all([cluster.scheduler, cluster.ssp].map((process) => cluster.drift(process, 'view', 'thread')))), before);
  });
});

for (const scheduler of [true, false]) describe(`with tables whose events post, ${scheduler ? 'with' : 'without'} a scheduler`, () => {
  let cluster;
  before(async () => {
    cluster = await Watched.open(scheduler ? 'watchman_posted' : 'watchman_single_posted');
    await cluster.query(TABLES);
    await cluster.run({ scheduler, tables: { posted: 'webhook' } });
  });
  after(() => cluster.stop());

  test('a lie that was posted', async () => {
    const process = scheduler ? cluster.scheduler : cluster.ssp;
    await cluster.captured(process);
    const view = await register(cluster.db, 'SELECT * FROM posted WHERE n < 10');
    await follows(cluster.db, view);
    const { status, text } = await post(`${process.url}/ingest`, { table: 'posted', op: 'UPDATE', id: 'posted:1', record: { id: 'posted:1', n: 50 } });
    assert.equal(status, 200, text);
    await cluster.found(process, scheduler ? 'row_changed' : 'view', 'posted');
    await follows(cluster.db, view, FOUND_WITHIN_MS);
  });
});

describe('without a scheduler', () => {
  let cluster;
  let view;
  before(async () => {
    cluster = await Watched.open('watchman_single');
    await cluster.query(TABLES);
    await cluster.run({ scheduler: false });
    view = await eventually(() => register(cluster.db, OPEN_THREADS));
    await follows(cluster.db, view);
  });
  after(() => cluster.stop());

  test('a change on its way is no drift', async () => {
    let writing = true;
    const writes = (async () => {
      for (let i = 0; writing; i += 1) await cluster.query(`UPDATE thread:${1 + (i % 40)} SET n += 1`);
    })();
    await cluster.nothingFound().finally(() => { writing = false; });
    await writes;
  });

  test('an edge deleted, and an edge forged', async () => {
    await follows(cluster.db, view);
    const edge = await cluster.query('SELECT VALUE id FROM ONLY _spooky_list_ref WHERE in = $view LIMIT 1', { view: view.id });
    await cluster.query('DELETE $edge', { edge });
    await cluster.found(cluster.ssp, 'edge_missing', '_spooky_list_ref');
    await follows(cluster.db, view);
  });
});
