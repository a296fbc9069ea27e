// Where views live: they move when an SSP dies, drains or joins, and clients never see a gap (I7).
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Cluster } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { get, post } from '../harness/http.mjs';
import { binary } from '../harness/program.mjs';
import { answer, edges, follows, register } from '../harness/views.mjs';

const VIEWS = 24;
const TABLE = `
  DEFINE TABLE item SCHEMAFULL;
  DEFINE FIELD kind ON item TYPE int;
  DEFINE FIELD n ON item TYPE int DEFAULT 0;
  FOR $i IN 0..240 { CREATE type::record('item', $i) SET kind = $i % ${VIEWS} };
`;

const outs = (list) => list.map(({ out }) => out);
const key = (view) => String(view.id.id);

/** A cluster with one view for each kind of item. */
async function open(name, ssps, scheduler = {}) {
  const cluster = await Cluster.open(name);
  await cluster.query(TABLE);
  await cluster.addScheduler({ SPOOKY_SCHEDULER_REBALANCE_MOVES_PER_SEC: '0', ...scheduler });
  for (let i = 0; i < ssps; i += 1) await cluster.addSsp();
  await cluster.ready();
  await cluster.applySchema();
  return cluster;
}

async function registerAll(cluster) {
  const views = [];
  for (let kind = 0; kind < VIEWS; kind += 1) {
    views.push(await register(cluster.db, 'SELECT * FROM item WHERE kind = $kind', { kind }));
  }
  return views;
}

const owner = (cluster, view) => get(`${cluster.scheduler.url}/view/${key(view)}/owner`);

async function owners(cluster, views) {
  const found = [];
  for (const view of views) {
    const { status, json } = await owner(cluster, view);
    assert.equal(status, 200, `view ${key(view)}: ${JSON.stringify(json)}`);
    found.push(json.ssp_id);
  }
  return found;
}

const counted = (ids) => ids.reduce((sum, id) => ({ ...sum, [id]: (sum[id] ?? 0) + 1 }), {});

/** Every view is right, in the database and at the SSP that owns it. */
async function allRight(cluster, views) {
  for (const view of views) {
    const expected = await answer(cluster.db, view);
    assert.deepEqual(outs(await edges(cluster.db, view)), expected);
    const { json } = await owner(cluster, view);
    const shown = await get(`${json.ssp_url}/view/${key(view)}`);
    assert.deepEqual(shown.json?.ids?.map(([id]) => id).sort(), expected, shown.text);
    const [record] = await cluster.query('SELECT ssp, state, rowCount, merkle_root FROM $id', { id: view.id });
    assert.equal(record.ssp, json.ssp_id);
    assert.equal(record.state, 'ready');
    assert.equal(record.rowCount, expected.length);
    assert.equal(record.merkle_root, shown.json.merkle_root);
  }
}

/** Reads views' edges again and again, and tells of every answer that no query ever had. */
function watch(cluster, views) {
  const wrong = [];
  let stopped = false;
  let reads = 0;
  const run = (async () => {
    while (!stopped) {
      for (const view of views) {
        const before = await answer(cluster.db, view);
        const seen = outs(await edges(cluster.db, view));
        const afterwards = await answer(cluster.db, view);
        reads += 1;
        if (String(before) === String(afterwards) && String(seen) !== String(before)) wrong.push({ view: view.params, seen, before });
      }
    }
  })();
  return { async stop() { stopped = true; await run; return { wrong, reads }; } };
}

const spooky = async (...args) => {
  try {
    const { stdout, stderr } = await promisify(execFile)(binary('spooky'), args);
    return { code: 0, stdout, stderr };
  } catch (failure) {
    return { code: failure.code, stdout: failure.stdout, stderr: failure.stderr };
  }
};

test('an SSP dies: its views are kept by another, and their edges follow', async (t) => {
  const cluster = await open('pool-death', 2);
  t.after(() => cluster.stop());
  const views = await registerAll(cluster);
  const spread = counted(await owners(cluster, views));
  assert.deepEqual(Object.values(spread), [VIEWS / 2, VIEWS / 2], JSON.stringify(spread));
  assert.equal((await get(`${cluster.scheduler.url}/view/nobody/owner`)).status, 404);
  const [dead, alive] = cluster.ssps;
  await dead.kill();
  await cluster.query('UPDATE item SET kind = 5 WHERE kind = 4; CREATE item:999 SET kind = 1');
  await eventually(async () => assert.deepEqual(counted(await owners(cluster, views)), { [alive.name]: VIEWS }), 10_000);
  for (const view of views) await follows(cluster.db, view);
  await allRight(cluster, views);
});

test('SIGTERM drains an SSP: its views move first, and a client that reads sees no gap', async (t) => {
  const cluster = await open('pool-term', 2);
  t.after(() => cluster.stop());
  const views = await registerAll(cluster);
  const [leaving, staying] = cluster.ssps;
  const reader = watch(cluster, views.slice(0, 8));
  const stopped = Date.now();
  assert.equal(await leaving.stop(), 0, leaving.tail);
  assert.ok(Date.now() - stopped < 10_000, 'it ends within ten seconds');
  // It is out of the pool at once, and its views have homes already: no time-out has to pass.
  assert.deepEqual(counted(await owners(cluster, views)), { [staying.name]: VIEWS });
  const { json } = await get(`${cluster.scheduler.url}/metrics`);
  assert.deepEqual(json.ssps.map(({ id }) => id), [staying.name]);
  await pause(300);
  const { wrong, reads } = await reader.stop();
  assert.ok(reads > 8, `${reads} reads`);
  assert.deepEqual(wrong, []);
  await cluster.query('CREATE item:1000 SET kind = 3; DELETE item:3');
  for (const view of views) await follows(cluster.db, view);
  await allRight(cluster, views);
});

test('spooky drain moves the views of an SSP that goes on running; spooky status shows it', async (t) => {
  const cluster = await open('pool-drain', 2);
  t.after(() => cluster.stop());
  const views = await registerAll(cluster);
  const at = ['--scheduler', cluster.scheduler.url];
  const before = await spooky('status', ...at);
  assert.equal(before.code, 0, before.stderr);
  assert.match(before.stdout, new RegExp(`2 of 2 SSPs ready +${VIEWS} views`));
  const lines = before.stdout.trimEnd().split('\n').slice(2);
  assert.match(lines[0], /^SSP +STATE +VIEWS +LAG +BUFFER +CPU +MEMORY +HEARTBEAT +EPOCH$/);
  assert.equal(new Set(lines.map((line) => line.length)).size, 1, 'columns are aligned');
  assert.match(lines[1], /^ssp-1 +ready +\d+ +0 +0 +\d+ % +\d+ MB +\d+\.\d s +\d+$/);
  const drained = await spooky('drain', 'ssp-1', ...at);
  assert.equal(drained.code, 0, drained.stderr);
  assert.match(drained.stdout, /ssp-1 holds no views: it can be stopped/);
  assert.deepEqual(counted(await owners(cluster, views)), { 'ssp-2': VIEWS });
  await register(cluster.db, 'SELECT * FROM item WHERE n = 1');
  assert.equal((await get(`${cluster.ssps[0].url}/health`)).status, 200);
  const json = await spooky('status', '--json', ...at);
  const states = JSON.parse(json.stdout).ssps.map(({ id, state }) => [id, state]);
  assert.deepEqual(states, [['ssp-1', 'draining'], ['ssp-2', 'ready']]);
  const other = await spooky('drain', 'ssp-2', '--timeout', '1', ...at);
  assert.equal(other.code, 2, 'there is nobody left to take them');
  assert.match(other.stdout, /no other SSP is in the pool/);
  assert.equal((await spooky('drain', 'ssp-9', ...at)).code, 1);
  assert.equal((await spooky('status', '--scheduler', 'http://127.0.0.1:1')).code, 1);
  await allRight(cluster, views);
});

test('an SSP that joins gets its share of the views, and clients see no gap', async (t) => {
  const cluster = await open('pool-join', 1, { SPOOKY_SCHEDULER_REBALANCE_MOVES_PER_SEC: '20' });
  t.after(() => cluster.stop());
  const views = await registerAll(cluster);
  const reader = watch(cluster, views.slice(0, 8));
  await cluster.addSsp();
  await eventually(async () => assert.deepEqual(counted(await owners(cluster, views)),
    { 'ssp-1': VIEWS / 2, 'ssp-2': VIEWS / 2 }), 15_000);
  const { wrong } = await reader.stop();
  assert.deepEqual(wrong, []);
  await cluster.query('UPDATE item SET kind = 7 WHERE kind = 6');
  for (const view of views) await follows(cluster.db, view);
  await allRight(cluster, views);
});

test('the same query under two ids lives on one SSP', async (t) => {
  const cluster = await open('pool-equal', 2);
  t.after(() => cluster.stop());
  const homes = [];
  for (const id of ['a', 'b', 'c', 'd']) {
    const { json } = await post(`${cluster.scheduler.url}/view/register`,
      { id, surql: id < 'c' ? 'SELECT * FROM item WHERE kind = 1' : 'select * from item where (kind = 1)' });
    homes.push(json.ssp_id);
  }
  assert.equal(new Set(homes).size, 1, homes);
});

test('a zombie SSP is fenced: paused while its views move, it does not write a single edge after', async (t) => {
  const cluster = await open('pool-zombie', 2);
  t.after(() => cluster.stop());
  const views = await registerAll(cluster);
  const [zombie, other] = cluster.ssps;
  // It has changes to write when it stops.
  for (let i = 0; i < 20; i += 1) await cluster.query(`UPDATE item SET n = ${i}`);
  zombie.signal('SIGSTOP');
  await cluster.query('UPDATE item SET n = 100, kind = (kind + 1) % 3');
  await eventually(async () => assert.deepEqual(counted(await owners(cluster, views)), { [other.name]: VIEWS }), 20_000);
  for (const view of views) await follows(cluster.db, view);
  // From here on only the new owner may write: every record says by whom it was written last.
  zombie.signal('SIGCONT');
  const until = Date.now() + 4000;
  while (Date.now() < until) {
    const strange = await cluster.query('SELECT id, ssp FROM _spooky_query WHERE ssp != $other', { other: other.name });
    assert.deepEqual(strange, []);
    await allRight(cluster, views.slice(0, 4));
  }
  await cluster.query('UPDATE item SET kind = 2 WHERE kind = 1');
  for (const view of views) await follows(cluster.db, view);
  await allRight(cluster, views);
});

test('a scheduler that restarts finds views where they are', async (t) => {
  const cluster = await open('pool-restart', 2);
  t.after(() => cluster.stop());
  const views = await registerAll(cluster);
  const before = await owners(cluster, views);
  const epochs = await cluster.query('SELECT VALUE epoch FROM _spooky_query ORDER BY epoch');
  await cluster.scheduler.kill();
  await cluster.scheduler.start();
  await cluster.schedulerUp();
  await eventually(async () => assert.deepEqual(await owners(cluster, views), before), 15_000);
  assert.deepEqual(await cluster.query('SELECT VALUE epoch FROM _spooky_query ORDER BY epoch'), epochs);
  await cluster.query('UPDATE item SET kind = 9 WHERE kind = 8');
  for (const view of views) await follows(cluster.db, view);
  await allRight(cluster, views);
});
