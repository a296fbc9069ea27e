// Clients write while the scheduler is killed and restarted twenty times, wherever it happens to be: while it
// recovers, catches up, is idle or busy. At the end nothing is missing, nothing is twice (I1, I2, I3).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { SCHEMA } from '../chaos/cluster/application.mjs';
import { Findings } from '../chaos/cluster/checks/findings.mjs';
import { logHasNoGap } from '../chaos/cluster/checks/log.mjs';
import { nothingAcknowledgedIsLost, replicaIsDatabase } from '../chaos/cluster/checks/replica.mjs';
import { Random } from '../chaos/cluster/random.mjs';
import { Writer } from '../chaos/cluster/writer.mjs';
import { Cluster, NAMESPACE } from '../harness/cluster.mjs';
import { DatabaseClient } from '../harness/database_client.mjs';
import { eventually } from '../harness/eventually.mjs';
import { get } from '../harness/http.mjs';
import { follows, register } from '../harness/views.mjs';

const KILLS = 20;
const LIVES_MS = [20, 1500];
const CLIENTS = 2;

const seed = Number(process.env.SPOOKY_TEST_SEED ?? 20);
let cluster;
let writers;
let view;

before(async () => {
  cluster = await Cluster.open('scheduler-kills');
  await cluster.query(SCHEMA);
  await cluster.addScheduler();
  await cluster.addSsp();
  await cluster.ready();
  await cluster.applySchema();
  const names = { namespace: NAMESPACE, database: cluster.database };
  writers = Array.from({ length: CLIENTS }, (_, n) => new Writer(n, CLIENTS, seed, cluster.surrealdb.addr, names));
  for (const writer of writers) await writer.seed();
  view = await register(cluster.db, 'SELECT * FROM post WHERE open = true AND score > 50');
});
after(() => cluster.stop());

test('writes go on while the scheduler is killed and restarted twenty times; nothing is lost', async (t) => {
  const random = new Random(seed, 'kills');
  for (const writer of writers) writer.start();
  for (let kill = 1; kill <= KILLS; kill++) {
    await cluster.scheduler.kill();
    await cluster.scheduler.start();
    await pause(random.between(...LIVES_MS));
  }
  await Promise.all(writers.map((writer) => writer.stop()));
  await cluster.ready();

  const db = new DatabaseClient(cluster.surrealdb.addr, { namespace: NAMESPACE, database: cluster.database });
  const found = await eventually(async () => {
    const context = { cluster, db, writers, found: new Findings() };
    await replicaIsDatabase(context);
    assert.deepEqual(context.found.problems, []);
    return context;
  }, 20_000);
  nothingAcknowledgedIsLost(found);
  db.close();
  assert.deepEqual(found.found.problems, []);
  const written = writers.reduce((sum, { counts }) => sum + counts.acknowledged, 0);
  assert.ok(written > 100, `only ${written} writes were acknowledged: the clients did not go on`);
  t.diagnostic(`seed ${seed}: ${written} writes acknowledged, ${found.database.size} rows compared`);
});

test('the view has followed through all of it', () => follows(cluster.db, view, 20_000));

test('the log has no gap: what is left of it verifies, and ends where the replica is', async () => {
  const { json: { seq, replica_seq: applied } } = await get(`${cluster.scheduler.url}/health`);
  assert.equal(applied, seq);
  assert.equal(await cluster.scheduler.stop(), 0);
  const found = new Findings();
  await logHasNoGap({ cluster, found });
  assert.deepEqual(found.problems, []);
  assert.ok(found.comparisons > 100);
});
