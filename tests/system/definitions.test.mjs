// Views over what the database defines besides rows: computed fields, references, params and functions, and what becomes
// of the views when these are defined anew.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Cluster } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { answer, edges, follows, register } from '../harness/views.mjs';

const SHOP = `
  DEFINE TABLE customer TYPE NORMAL;
  DEFINE TABLE order TYPE NORMAL;
  DEFINE FIELD customer ON order TYPE record<customer> REFERENCE;
  DEFINE FIELD total ON order COMPUTED (price ?? 0) * (amount ?? 0);
  DEFINE FIELD orders ON customer COMPUTED <~order;
  DEFINE FIELD spent ON customer COMPUTED math::sum(<~order.total);
  DEFINE PARAM $large VALUE 100;
  DEFINE FUNCTION fn::is_large($sum: number) -> bool { RETURN $sum >= $large };
  CREATE customer:1 SET name = 'Ann'; CREATE customer:2 SET name = 'Bob';
  CREATE order:1 SET customer = customer:1, price = 10, amount = 3;
  CREATE order:2 SET customer = customer:1, price = 50, amount = 2;
  CREATE order:3 SET customer = customer:2, price = 7, amount = 1;`;

const VIEWS = {
  computed: 'SELECT * FROM order WHERE total > 25',
  link: 'SELECT * FROM order WHERE customer.spent > 50',
  reference: 'SELECT * FROM customer WHERE array::len(orders) > 1',
  sum: 'SELECT * FROM customer ORDER BY spent DESC LIMIT 1',
  param: 'SELECT * FROM order WHERE total >= $large',
  function: 'SELECT * FROM customer WHERE fn::is_large(spent)',
};

let cluster;
const views = {};

before(async () => {
  cluster = await Cluster.open('definitions');
  await cluster.query(SHOP);
  await cluster.addScheduler();
  await cluster.addSsp();
  await cluster.ready();
  await cluster.applySchema();
});
after(() => cluster.stop());

const outs = async (view) => (await edges(cluster.db, view)).map(({ out }) => out);
/** What the replica answers is computed from what it holds, as the database computes it. */
async function replicaAgrees() {
  for (const text of ['SELECT VALUE [<string>id, total, <string>customer.spent] FROM order', 'SELECT VALUE [name, spent, <string>orders] FROM customer',
    'SELECT VALUE name FROM customer WHERE fn::is_large(spent)', 'SELECT VALUE <string>id FROM order WHERE total >= $large'])
    await eventually(async () => assert.deepEqual(await cluster.replica(text), await cluster.query(text)));
}
async function allFollow(after) {
  for (const [name, view] of Object.entries(views))
    await follows(cluster.db, view).catch((problem) => { throw new Error(`${name} does not follow ${after}: ${problem.message}`); });
}

test('views over them have the edges that SurrealDB answers with', async () => {
  for (const [name, surql] of Object.entries(VIEWS)) views[name] = await register(cluster.db, surql);
  for (const [name, view] of Object.entries(views)) assert.deepEqual(await outs(view), await answer(cluster.db, view), name);
});

test('they follow what the fields are computed from', async () => {
  for (const statement of [
    'UPDATE order:3 SET amount = 100',
    'UPDATE order:2 SET customer = customer:2',
    'CREATE order:4 SET customer = customer:1, price = 1, amount = 1',
    'DELETE order:3',
    'UPDATE order:1 SET price = 1000',
  ]) {
    await cluster.query(statement);
    await allFollow(statement);
    await replicaAgrees();
  }
});

test('they follow definitions that change', async () => {
  for (const statement of [
    'DEFINE PARAM OVERWRITE $large VALUE 10',
    'DEFINE FUNCTION OVERWRITE fn::is_large($sum: number) -> bool { RETURN $sum < $large }',
    'DEFINE FIELD OVERWRITE total ON order COMPUTED price + amount',
    'DEFINE FIELD OVERWRITE spent ON customer COMPUTED count(orders)',
    'CREATE order:5 SET customer = customer:2, price = 3, amount = 3',
  ]) {
    await cluster.query(statement);
    await allFollow(statement);
    await replicaAgrees();
  }
});

test('the replica answers INFO FOR DB with what is defined', async () => {
  await eventually(async () => {
    const told = await cluster.replica('INFO FOR DB');
    assert.match(told.params.large, /VALUE 10/);
    assert.ok(told.tables.order && told.functions.is_large);
  });
});

test('what cannot be kept is refused by the name of the statement', async () => {
  await cluster.query('DEFINE FUNCTION fn::logs($x: any) { CREATE log SET x = $x; RETURN 1 }');
  await eventually(async () => {
    const failure = await register(cluster.db, 'SELECT fn::logs(price) FROM order').then(() => null, (problem) => problem);
    assert.match(String(failure?.message), /fn::logs\(\) cannot be called here: .*CREATE/);
  });
});
