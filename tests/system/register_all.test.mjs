// Many queries registered with one call.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Cluster } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { post } from '../harness/http.mjs';

const QUERIES = 120;
const CONVERGES_WITHIN_MS = 30_000;
let cluster;

before(async () => {
  cluster = await Cluster.open('register_all');
  await cluster.query('DEFINE TABLE item SCHEMALESS CHANGEFEED 1h');
  await cluster.addScheduler();
  await cluster.addSsp();
  await cluster.addSsp();
  await cluster.ready();
  await cluster.applySchema();
  await cluster.query(`FOR $n IN 0..${QUERIES} { CREATE item SET kind = $n RETURN NONE }`);
  await eventually(async () => assert.equal((await cluster.replica('SELECT VALUE id FROM item')).length, QUERIES), CONVERGES_WITHIN_MS);
});
after(() => cluster.stop());

const queries = (name, more = {}) => Array.from({ length: QUERIES }, (_, kind) => ({ id: `${name}_${kind}`, surql: 'SELECT * FROM item WHERE kind = $kind', params: { kind }, ...more }));

test('the function answers all in their order, and their edges are there when it does', async () => {
  const all = queries('both');
  all.splice(7, 0, { id: 'wrong', surql: 'SELEC * FROM item' });
  const answers = await cluster.query('fn::query::register_all($all)', { all });
  assert.equal(answers.length, QUERIES + 1);
  assert.equal(answers[7].code, 'PARSE_ERROR');
  answers.splice(7, 1);
  assert.deepEqual(answers.map(({ query_id: id, rowCount }) => [id, rowCount]), queries('both').map(({ id }) => [id, 1]));
  const edges = await cluster.query("SELECT VALUE out.kind FROM _spooky_list_ref WHERE string::starts_with(<string>record::id(in), 'both_')");
  assert.deepEqual(edges.sort((a, b) => a - b), queries('both').map(({ params }) => params.kind));
  assert.deepEqual(await cluster.query('fn::query::register_all([])'), []);
});

test('who does not wait is answered with the result, and record and edges follow', async () => {
  const { status, json } = await post(`${cluster.scheduler.url}/view/register`, queries('soon', { wait: false }), { withinMs: 30_000 });
  assert.equal(status, 200);
  assert.deepEqual(json.map(({ query_id: id, rowCount }) => [id, rowCount]), queries('soon').map(({ id }) => [id, 1]));
  await eventually(async () => {
    const states = await cluster.query("SELECT VALUE state FROM _spooky_query WHERE string::starts_with(<string>record::id(id), 'soon_')");
    assert.deepEqual(states, states.map(() => 'ready'));
    assert.equal(states.length, QUERIES);
  }, CONVERGES_WITHIN_MS);
});
