// Views that look at the clock, the server's and ours: nobody writes anything, and edges come and go in time.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Cluster } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { get } from '../harness/http.mjs';
import { edges, follows, register, relatedEdges } from '../harness/views.mjs';

const GRANULARITY_MS = 200;
/** From the moment when a row is due to its edge, on a machine that has other things to do. */
const LATE_MS = 2_000;
let cluster;
let db;

before(async () => {
  cluster = await Cluster.open('time');
  db = cluster.db;
  await cluster.query('DEFINE TABLE event; DEFINE TABLE note; CREATE event:old SET at = time::now() - 1h, ends = time::now() - 1m');
  await cluster.addScheduler();
  await Promise.all([1, 2].map(() => cluster.addSsp({ SPOOKY_SSP_VIEWS_TIME_GRANULARITY_MS: String(GRANULARITY_MS) })));
  await cluster.ready();
  await cluster.applySchema();
});
after(() => cluster.stop());

const outs = async (view) => (await edges(db, view)).map(({ out }) => out);
/** What the SSP that keeps the view answers at this path. */
const found = async (view, path) => {
  for (const ssp of cluster.ssps) {
    const { status, json } = await get(`${ssp.url}/${path}/${encodeURIComponent(String(view.id))}`);
    if (status === 200) return json;
  }
  throw new Error(`nobody keeps ${view.surql}`);
};

/** Waits until the view shows exactly these; how long after `due` (ms since 1970) that was. */
async function showsFrom(view, due, wanted) {
  let early = null;
  await eventually(async () => {
    const asked = Date.now();
    const now = await outs(view);
    if (asked < due && JSON.stringify(now) === JSON.stringify(wanted)) early = due - asked;
    assert.deepEqual(now, wanted);
  }, Math.max(0, due - Date.now()) + 10_000);
  assert.equal(early, null, `${early} ms before it was due`);
  return Date.now() - due;
}

test('a row enters when it is due and leaves when its time is over, with nobody writing', async () => {
  const coming = await register(db, 'SELECT * FROM event WHERE at <= time::now() AND ends > time::now()');
  const late = await register(db, 'SELECT * FROM event WHERE time::now() - at > 3s AND ends > time::now() - 1s');
  const begins = Date.now() + 2_000;
  await cluster.query('CREATE event:soon SET at = $at, ends = $at + 3s', { at: new Date(begins) });
  await follows(db, coming);
  assert.ok((await showsFrom(coming, begins, ['event:soon'])) < LATE_MS);
  await follows(db, coming);
  assert.ok((await showsFrom(coming, begins + 3_000, [])) < LATE_MS);
  await follows(db, coming);
  assert.deepEqual((await found(coming, 'debug/view')).time.map(({ kept }) => kept), ['due-time', 'due-time']);
  await follows(db, late);
});

test('a row that left and enters again, for its record has changed, has a higher version', async () => {
  const view = await register(db, 'SELECT * FROM event WHERE ends > time::now()');
  await cluster.query('CREATE event:again SET at = time::now(), ends = time::now() + 2s');
  const [first] = await eventually(async () => {
    const seen = await edges(db, view);
    assert.deepEqual(seen.map(({ out }) => out), ['event:again']);
    return seen;
  });
  await eventually(async () => assert.deepEqual(await outs(view), []));
  await cluster.query('UPDATE event:again SET ends = time::now() + 2s');
  const [again] = await eventually(async () => {
    const seen = await edges(db, view);
    assert.deepEqual(seen.map(({ out }) => out), ['event:again']);
    return seen;
  });
  assert.ok(again.version > first.version);
  await eventually(async () => assert.deepEqual(await outs(view), []));
});

test('first rows and related rows follow the clock as well', async () => {
  const next = await register(db, 'SELECT * FROM event WHERE at > time::now() ORDER BY at LIMIT 1');
  const notes = await register(db, 'SELECT *, (SELECT * FROM note WHERE of = $parent.id AND at <= time::now()) AS notes FROM event WHERE id = event:old');
  await cluster.query(`FOR $n IN 1..=3 {
    CREATE type::record('event', $n) SET at = time::now() + duration::from_secs($n), ends = time::now() + 1h;
    CREATE type::record('note', $n) SET of = event:old, at = time::now() + duration::from_secs($n) }`);
  for (const id of ['event:1', 'event:2', 'event:3'])
    await eventually(async () => assert.deepEqual(await outs(next), [id]), 10_000);
  await eventually(async () => assert.deepEqual(await outs(next), []), 10_000);
  await eventually(async () => assert.deepEqual(await relatedEdges(db, notes), ['notes: note:1', 'notes: note:2', 'notes: note:3']), 10_000);
});

test('a clock that goes into a result is looked at again and again', async () => {
  const view = await register(db, 'SELECT id, time::now() AS t FROM event:old');
  const roots = new Set();
  await eventually(async () => {
    roots.add((await found(view, 'view')).merkle_root);
    assert.ok(roots.size >= 3);
  }, 3 * GRANULARITY_MS + LATE_MS);
  assert.deepEqual((await found(view, 'debug/view')).time, [{ expression: 'time::now()', kept: 'clocked' }]);
});

test('what became due while an SSP was dead is there when its views live again', async () => {
  const view = await register(db, 'SELECT * FROM event WHERE at <= time::now() AND ends > time::now() + 10m');
  const due = Date.now() + 2_000;
  await cluster.query('CREATE event:meanwhile SET at = $at, ends = $at + 1h', { at: new Date(due) });
  await follows(db, view);
  for (const ssp of cluster.ssps) await ssp.kill();
  await eventually(async () => assert.ok(Date.now() > due));
  for (const ssp of cluster.ssps) await ssp.start();
  await cluster.ready();
  await eventually(async () => assert.ok((await outs(view)).includes('event:meanwhile')), 20_000);
  await follows(db, view);
});
