// Processes come and go while clients write: nothing is lost, everything converges (I3, I7, I10).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Cluster } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { get } from '../harness/http.mjs';
import { follows, register } from '../harness/views.mjs';
import { FIRST_RECORDS, FORUM, VIEWS } from './forum.mjs';

let cluster;
const views = [];

before(async () => {
  cluster = await Cluster.open('restart');
  await cluster.query(FORUM + FIRST_RECORDS);
  await cluster.addScheduler();
  await Promise.all([cluster.addSsp(), cluster.addSsp()]);
  await cluster.ready();
  await cluster.applySchema();
  for (const [surql, params] of Object.values(VIEWS)) views.push(await register(cluster.db, surql, params));
});
after(() => cluster.stop());

const allFollow = (withinMs = 20_000) => Promise.all(views.map((view) => follows(cluster.db, view, withinMs)));

const replicaEqualsDatabase = () => eventually(async () => {
  for (const table of ['user', 'thread', 'comment']) {
    const stored = await cluster.query(`SELECT * FROM ${table}`);
    assert.deepEqual(await cluster.replica(`SELECT * FROM ${table}`), JSON.parse(JSON.stringify(stored)));
  }
}, 20_000);

test('the replica is the database', replicaEqualsDatabase);

test('a killed SSP that comes back serves correct views', async () => {
  const [ssp] = cluster.ssps;
  await ssp.kill();
  await cluster.query('CREATE thread:77 SET title = "Meanwhile", author = user:ann, score = 1000');
  await ssp.start();
  await cluster.ready();
  await allFollow();
});

test('the database goes away and comes back', { skip: process.env.SURREALDB_ADDR && 'the given server is not ours to stop' }, async () => {
  await cluster.surrealdb.stop('SIGKILL');
  await eventually(async () => assert.notEqual((await get(`${cluster.scheduler.url}/health`)).json.db, 'connected'), 15_000);
  await cluster.surrealdb.start();
  await cluster.db.close();
  cluster.db = await cluster.connect();
  await cluster.query('CREATE thread:88 SET title = "Back", author = user:ann, score = 2000');
  await allFollow(30_000);
  await replicaEqualsDatabase();
});
