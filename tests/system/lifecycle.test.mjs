// Each edge of an SSP's life, by name: it comes, fails, comes again as another or the same, and finds its
// peers absent. After each, every view is on one SSP and shows what SurrealDB answers.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { eventually } from '../harness/eventually.mjs';
import { get, post } from '../harness/http.mjs';
import { LinkedCluster } from '../harness/linked_cluster.mjs';
import { freePort, Program } from '../harness/program.mjs';
import { StandInSsp } from '../harness/stand_in_ssp.mjs';
import { edges, follows, register } from '../harness/views.mjs';
import { FIRST_RECORDS, FORUM, VIEWS } from './forum.mjs';

const BOOTSTRAP_TIMEOUT_SECS = 4;
const CONVERGES_WITHIN_MS = 30_000;

let cluster;
let standIn;
const views = [];

before(async () => {
  cluster = await LinkedCluster.start('lifecycle', {
    ssps: 2, schema: FORUM + FIRST_RECORDS,
    env: { scheduler: { SPOOKY_SCHEDULER_BOOTSTRAP_TIMEOUT_SECS: String(BOOTSTRAP_TIMEOUT_SECS) } },
  });
  for (const [surql, params] of Object.values(VIEWS)) views.push(await register(cluster.db, surql, params));
});
afterEach(async () => {
  await standIn?.stop();
  standIn = undefined;
});
after(() => cluster.stop());

const pool = async () => (await get(`${cluster.scheduler.url}/metrics`)).json.ssps;
const entry = async (id) => (await pool()).find((ssp) => ssp.id === id);
const isIn = (id, state) => eventually(async () => assert.equal((await entry(id))?.state, state), CONVERGES_WITHIN_MS);
const isGone = (id, withinMs) => eventually(async () => assert.equal(await entry(id), undefined), withinMs);

/** The ids of the SSPs that answer for the view. */
async function holders(view) {
  const answers = await Promise.all(cluster.ssps.filter((ssp) => ssp.isRunning)
    .map(async (ssp) => [ssp.name, (await get(`${ssp.url}/view/${view.id.id}`)).status]));
  return answers.filter(([, status]) => status === 200).map(([name]) => name);
}

/** Everybody is ready, every view is on one SSP, its record says so, and its edges are its query's answer. */
async function allIsWell() {
  await cluster.ready();
  for (const view of views) {
    await follows(cluster.db, view, CONVERGES_WITHIN_MS);
    await eventually(async () => {
      const [record] = await cluster.query('SELECT ssp, state FROM $id', { id: view.id });
      assert.deepEqual(await holders(view), [record.ssp], view.surql);
      assert.equal(record.state, 'ready');
    }, CONVERGES_WITHIN_MS);
  }
}

/** A change that each of the views of threads has to show; gives the thread's number. */
let threads = 100;
async function newThread() {
  await cluster.query('CREATE type::record("thread", $n) SET title = "New", author = user:ann, score = $n', { n: ++threads });
  return threads;
}

/** Another process under the id of `ssp`, on a port of its own. */
async function sameIdElsewhere(ssp) {
  const port = await freePort();
  const env = { ...ssp.env, LISTEN_ADDR: `127.0.0.1:${port}`, ADVERTISE_ADDR: `http://127.0.0.1:${port}` };
  return new Program('spooky-ssp', { name: `${ssp.name}-again`, port, env, logs: cluster.logs }).start();
}

test('bootstrap time-out: an SSP that does not get ready is dropped, and its snapshot with it', async () => {
  standIn = await new StandInSsp('never-ready', cluster.scheduler).start();
  assert.equal((await standIn.register()).status, 202);
  assert.equal((await entry('never-ready')).state, 'bootstrapping');
  await isGone('never-ready', BOOTSTRAP_TIMEOUT_SECS * 1000 + 3000);
  assert.equal((await standIn.beat()).status, 404);
  await eventually(async () =>
    assert.equal((await get(`${cluster.scheduler.url}/health`)).json.state, 'ready', 'the snapshot is still frozen'));
  await allIsWell();
});

test('failed bootstrap: an SSP that says it failed is dropped at once and may come again', async () => {
  standIn = await new StandInSsp('failing', cluster.scheduler).start();
  standIn.health = [503, { status: 'failed', reason: 'out of memory' }];
  assert.equal((await standIn.register()).status, 202);
  await isGone('failing', BOOTSTRAP_TIMEOUT_SECS * 1000 - 1000);
  standIn.health = [503, { status: 'bootstrapping' }];
  assert.equal((await standIn.register()).status, 202);
  assert.equal((await entry('failing')).state, 'bootstrapping');
  standIn.health = [503, { status: 'failed', reason: 'out of memory' }];
  await isGone('failing', BOOTSTRAP_TIMEOUT_SECS * 1000 - 1000);
});

test('registration again under the same id with the same URL: the new process takes the place of the old', async () => {
  const [ssp] = cluster.ssps;
  const { epoch } = await entry(ssp.name);
  await ssp.kill();
  await newThread();
  await ssp.start();
  await eventually(async () => assert.ok((await entry(ssp.name))?.epoch > epoch), CONVERGES_WITHIN_MS);
  assert.equal((await pool()).length, cluster.ssps.length);
  await allIsWell();
});

test('registration again under the same id with another URL: the SSP is found there', async () => {
  const old = cluster.ssps[1];
  await old.kill();
  const moved = await sameIdElsewhere(old);
  cluster.ssps[1] = Object.assign(moved, { name: old.name });
  await eventually(async () => assert.equal((await entry(old.name))?.url, moved.url), CONVERGES_WITHIN_MS);
  await newThread();
  await allIsWell();
  await moved.kill();
  cluster.ssps[1] = await old.start();
  await newThread();
  await allIsWell();
});

test('two SSPs with one id: the newer has it, and the older does not fight for it', async () => {
  const older = cluster.ssps[0];
  const newer = await sameIdElsewhere(older);
  try {
    await eventually(async () => assert.equal((await entry(older.name))?.url, newer.url), CONVERGES_WITHIN_MS);
    await eventually(async () => assert.notEqual((await get(`${older.url}/health`)).status, 200), CONVERGES_WITHIN_MS);
    await isIn(older.name, 'ready');
    const { epoch } = await entry(older.name);
    await newThread();
    for (const view of views) await follows(cluster.db, view, CONVERGES_WITHIN_MS);
    // Ten heartbeat intervals later it is still the same registration.
    const until = Date.now() + 2000;
    while (Date.now() < until) {
      const now = await entry(older.name);
      assert.deepEqual({ url: now?.url, epoch: now?.epoch }, { url: newer.url, epoch });
    }
  } finally {
    await older.kill();
    await newer.kill();
    await older.start();
  }
  await allIsWell();
});

test('scheduler restart: SSPs re-register and report the views they hold; assignments are reconciled', async () => {
  await allIsWell();
  const before = await Promise.all(views.map(holders));
  const edgesBefore = await Promise.all(views.map((view) => edges(cluster.db, view)));
  await cluster.scheduler.kill();
  await cluster.scheduler.start();
  await cluster.schedulerUp();
  await allIsWell();
  assert.deepEqual(await Promise.all(views.map(holders)), before, 'views moved though their SSPs were there');
  assert.deepEqual(await Promise.all(views.map((view) => edges(cluster.db, view))), edgesBefore);
  await newThread();
  await allIsWell();
});

test('SSP restart: asked to end, it hands its views over and comes back', async () => {
  const [ssp] = cluster.ssps;
  assert.equal(await ssp.stop(), 0);
  await newThread();
  for (const view of views) await follows(cluster.db, view, CONVERGES_WITHIN_MS);
  await ssp.start();
  await newThread();
  await allIsWell();
});

test('scheduler absent at SSP start: the SSP waits for it', async () => {
  const [ssp] = cluster.ssps;
  await cluster.scheduler.kill();
  await ssp.kill();
  await ssp.start();
  const { status, json } = await get(`${ssp.url}/health`);
  assert.equal(status, 503);
  assert.equal(json.scheduler, 'away');
  await newThread();
  await cluster.scheduler.start();
  await cluster.schedulerUp();
  await allIsWell();
});

const needsOurDatabase = { skip: process.env.SURREALDB_ADDR && 'the given server is not ours to stop' };

/** While SurrealDB is away `meanwhile` runs; after it, the client is connected again. */
async function withoutDatabase(meanwhile) {
  await cluster.surrealdb.stop('SIGKILL');
  try {
    await meanwhile();
  } finally {
    await cluster.surrealdb.start();
    await cluster.db.close();
    cluster.db = await cluster.connect();
  }
}

test('SurrealDB absent at scheduler start: the scheduler says so, waits, and catches up', needsOurDatabase, async () => {
  await withoutDatabase(async () => {
    await cluster.scheduler.kill();
    await cluster.scheduler.start();
    const { json } = await get(`${cluster.scheduler.url}/health`);
    assert.equal(json.db, 'away');
  });
  await newThread();
  await cluster.schedulerUp();
  await allIsWell();
});

test('SurrealDB absent at SSP start: it joins, and its edges follow when SurrealDB is back', needsOurDatabase, async () => {
  const [ssp] = cluster.ssps;
  await withoutDatabase(async () => {
    await ssp.kill();
    await ssp.start();
    assert.equal((await get(`${ssp.url}/health`)).json.db, 'away');
  });
  await newThread();
  await allIsWell();
});
