// Single mode: one SSP attached straight to SurrealDB keeps views without a scheduler.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Cluster } from '../harness/cluster.mjs';
import { get, post } from '../harness/http.mjs';
import { follows, register } from '../harness/views.mjs';
import { FIRST_RECORDS, FORUM, VIEWS } from './forum.mjs';

let cluster;
let ssp;
let views;

before(async () => {
  cluster = await Cluster.open('single');
  await cluster.query(FORUM + FIRST_RECORDS);
  ssp = await cluster.addSsp();
  await cluster.ready();
  await cluster.applySchema();
});
after(() => cluster.stop());

const allFollow = () => Promise.all(views.map((view) => follows(cluster.db, view)));

test('views are registered through the database and follow it', async () => {
  views = [];
  for (const [surql, params] of Object.values(VIEWS)) views.push(await register(cluster.db, surql, params));
  await allFollow();
  for (const statement of [
    'CREATE thread:4 SET title = "New", author = user:ann, score = 99',
    'UPDATE thread:1 SET open = false',
    'CREATE comment:9 SET text = "There", thread = thread:1, author = user:eve',
    'UPDATE user:eve SET active = true',
    'DELETE thread:4; DELETE comment:1',
  ]) {
    await cluster.query(statement);
    await allFollow();
  }
});

test('changes made while it was dead are there when it is back', async () => {
  await ssp.kill();
  await cluster.query('CREATE thread:5 SET title = "Missed", author = user:ann; DELETE thread:2; DELETE user:bob');
  await ssp.start();
  await cluster.ready();
  await allFollow();
  await cluster.query('CREATE thread:6 SET title = "After", author = user:ann');
  await allFollow();
});

test('GET /view tells rows and versions', async () => {
  const { status, json } = await get(`${ssp.url}/view/${encodeURIComponent(String(views[0].id))}`);
  assert.equal(status, 200);
  assert.ok(json.merkle_root);
  assert.ok(json.seq >= 0);
});

test('/reset clears what it holds', async () => {
  assert.equal((await post(`${ssp.url}/reset`, {})).status, 200);
  const [{ views: held }] = (await get(`${ssp.url}/info`)).json;
  assert.equal(held, 0);
  assert.deepEqual(await cluster.query('SELECT VALUE id FROM _spooky_list_ref'), []);
});

test('SIGTERM ends it cleanly', async () => assert.equal(await ssp.stop(), 0));
