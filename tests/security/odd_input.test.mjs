// Input that is odd rather than wrong: very large records, ids with line breaks, paths in escapes, each form of a
// batch, clocks that were set back. It works, or it is refused by name; nothing is lost, nobody misled.
import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Cluster } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { post } from '../harness/http.mjs';
import { edges, follows, register } from '../harness/views.mjs';

const MB = 1_000_000;
const LARGE_WITHIN_MS = 60_000;

let cluster;

before(async () => {
  cluster = await Cluster.open('odd_input');
  await cluster.query('DEFINE TABLE large SCHEMALESS; DEFINE TABLE thing SCHEMALESS; CREATE thing:1 SET n = 1');
  // Before the scheduler is there, so that it is cloned.
  await create('large:1', 9 * MB);
  await create('large:2', 50 * MB);
  await create('large:3', 10);
  await cluster.addScheduler();
  await cluster.addSsp();
  await cluster.ready();
  await cluster.applySchema();
});
after(() => cluster.stop());

function create(id, bytes) {
  return cluster.query('CREATE type::record($id) SET bytes = $bytes, text = $text', { id, bytes, text: 'x'.repeat(bytes) });
}

const scheduler = () => cluster.scheduler.url;
const log = (program) => readFileSync(program.log, 'utf8');

test('records of 9 and 50 MB are cloned, loaded by an SSP, followed and deleted', async () => {
  const view = await register(cluster.db, 'SELECT id, bytes FROM large WHERE bytes > 1000');
  await follows(cluster.db, view, LARGE_WITHIN_MS);
  assert.equal((await edges(cluster.db, view)).length, 2);
  // By the change feed, the log and a delivery.
  await create('large:4', 20 * MB);
  await cluster.query('UPDATE large:3 SET bytes = 2000');
  await follows(cluster.db, view, LARGE_WITHIN_MS);
  await cluster.query('DELETE large:2');
  await follows(cluster.db, view, LARGE_WITHIN_MS);
  assert.equal((await edges(cluster.db, view)).length, 3);
  const [{ length }] = await cluster.replica('SELECT string::len(text) AS length FROM large:4');
  assert.equal(length, 20 * MB);
});

test('an SSP that joins later loads a table whose last record is a large one', async () => {
  await cluster.query('DEFINE TABLE tail SCHEMALESS; CREATE tail:1 SET n = 1');
  await cluster.query('CREATE tail:2 SET text = $text', { text: 'x'.repeat(12 * MB) });
  await eventually(async () => assert.equal((await cluster.replica('SELECT VALUE id FROM tail')).length, 2), LARGE_WITHIN_MS);
  await cluster.addSsp();
  await cluster.ready();
  for (let n = 0; n < 4; n++) await follows(cluster.db, await register(cluster.db, `SELECT id FROM tail WHERE id != tail:${100 + n}`), LARGE_WITHIN_MS);
});

test('a batch is taken as NDJSON and as the documented JSON array', async () => {
  const changes = [1, 2, 3].map((n) => ({ table: 'posted', op: 'CREATE', id: `posted:${n}`, record: { n } }));
  for (const body of [JSON.stringify(changes), JSON.stringify(changes, null, 2), changes.map((c) => JSON.stringify(c)).join('\n')]) {
    const { status, json } = await post(`${scheduler()}/ingest/batch`, body);
    assert.equal(status, 200, JSON.stringify(json));
    assert.equal(json.count, 3);
  }
  const broken = [...changes, { table: 'posted', op: 'MAKE', id: 'posted:4' }];
  const { status, json } = await post(`${scheduler()}/ingest/batch`, broken);
  assert.equal(status, 400);
  assert.match(json.message, /^Element 4: /);
  await eventually(async () => assert.equal((await cluster.replica('SELECT VALUE id FROM posted')).length, 3));
});

test('a line break in what somebody sends forges no line of the log', async () => {
  const [ssp] = cluster.ssps;
  const forged = '2026-01-01T00:00:00.000 critical forged by a client';
  await post(`${ssp.url}/log`, { message: `seen\n${forged}`, level: 'warn' });
  await post(`${scheduler()}/ssp/register`, { ssp_id: `x\n${forged}`, url: 'http://127.0.0.1:1' });
  await post(`${scheduler()}/view/register`, { id: `x\r\n${forged}\u0085`, surql: 'SELECT * FROM thing', edges: false });
  await eventually(() => assert.match(log(ssp), /seen\\n2026-01-01/));
  for (const program of [ssp, cluster.scheduler]) {
    assert.doesNotMatch(log(program), /^2026-01-01T00/m);
    assert.doesNotMatch(log(program), /[\r\u0085]/);
  }
  await post(`${scheduler()}/ssp/leave`, { ssp_id: `x\n${forged}` });
});

test('epochs go on rising when the disk was lost and the clock set back', async () => {
  const view = await register(cluster.db, 'SELECT * FROM thing WHERE n > 0');
  await follows(cluster.db, view);
  // As a scheduler would have placed it whose clock was ten years ahead.
  const ahead = Date.now() + 10 * 365 * 24 * 3600 * 1000;
  await cluster.query(`UPDATE _spooky_view SET epoch = ${ahead}`);
  for (const ssp of cluster.ssps) await ssp.stop();
  await cluster.scheduler.stop();
  for (const folder of ['wal', 'replica']) rmSync(`${cluster.folder}/${folder}`, { recursive: true });
  await cluster.scheduler.start();
  await cluster.schedulerUp();
  for (const ssp of cluster.ssps) await ssp.start();
  await cluster.ready();
  // Until the database has told which epochs there were, the clock's are refused, and clients try again.
  await eventually(() => register(cluster.db, view.surql));
  await cluster.query('CREATE thing:2 SET n = 2');
  await follows(cluster.db, view, LARGE_WITHIN_MS);
  const [epoch] = await cluster.query('SELECT VALUE epoch FROM _spooky_view WHERE query = $id', { id: view.id });
  assert.ok(epoch > ahead, `${epoch}`);
});
