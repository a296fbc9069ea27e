// A query that is made to be dear costs its own view, and nobody else's time.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Cluster } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { get } from '../harness/http.mjs';
import { edges, follows, register } from '../harness/views.mjs';

const ROWS = 2_000;
const VIEW_TIME_MS = 2_000;
/** Ends by limits.view_time_ms alone: it holds little and would run for minutes. */
const BOMB = 'SELECT id, array::len(array::map(array::range(0, 1000), '
  + '|$x| array::len(array::map(array::range(0, 1000), |$y| $y)))) AS n FROM heap';
/** Too dear for a turn of a millisecond, and cheap enough for what a view may spend. */
const HEAVY = 'SELECT id, n, array::len(array::map(array::range(0, 100), |$x| $x)) AS len FROM heap WHERE n > 0';

let cluster;
let ssp;

before(async () => {
  cluster = await Cluster.open('neighbours');
  await cluster.query(`DEFINE TABLE heap; DEFINE TABLE note; CREATE note:1 SET n = 1;
    FOR $i IN 0..${ROWS} { CREATE type::record('heap', $i) SET n = $i };`);
  await cluster.addScheduler();
  ssp = await cluster.addSsp({
    SPOOKY_SSP_LIMITS_TURN_TIME_MS: '1', SPOOKY_SSP_LIMITS_VIEW_TIME_MS: String(VIEW_TIME_MS),
  });
  await cluster.ready();
  await cluster.applySchema();
});
after(() => cluster.stop());

const explained = async (view) => (await get(`${ssp.url}/debug/view/${encodeURIComponent(String(view.id))}`)).json;

/** Whether a promise has come to its end, without waiting for it. */
function watched(promise) {
  const state = { over: false };
  state.ended = promise.then((value) => ({ value }), (error) => ({ error })).finally(() => { state.over = true; });
  return state;
}

test('while a bomb is registered, and registered again, changes reach its neighbours', async () => {
  const neighbours = await Promise.all(
    [0, 1, 2, 3].map((n) => register(cluster.db, 'SELECT * FROM note WHERE n >= $n', { n })));
  for (const round of [1, 2]) {
    const begun = performance.now();
    const bomb = watched(register(cluster.db, BOMB));
    let changes = 0;
    let longest = 0;
    while (!bomb.over) {
      const changed = performance.now();
      changes += 1;
      await cluster.query('CREATE note SET n = $n; UPDATE heap:1 SET n += 1;', { n: changes });
      for (const view of neighbours) await follows(cluster.db, view);
      longest = Math.max(longest, performance.now() - changed);
    }
    const took = performance.now() - begun;
    assert.ok(changes >= 3 && longest < took / 2,
      `${changes} changes were seen in ${took} ms of the bomb, the slowest after ${longest} ms`);
    const { error } = await bomb.ended;
    assert.match(String(error), /LIMIT_EXCEEDED.*line 1, column.*limits\.view_time_ms/s, `round ${round}`);
  }
  assert.equal((await explained(neighbours[0])).lane, 'main');
});

test('a view that is merely heavy is kept in the lane, and follows changes, definitions and restarts', async () => {
  const view = await register(cluster.db, HEAVY);
  assert.equal((await explained(view)).lane, 'heavy');
  assert.ok((await explained(view)).cost.steps > 100 * ROWS);
  const { json: { lane } } = await get(`${ssp.url}/debug/deps`);
  assert.deepEqual([lane.view_count, lane.tables], [1, ['heap']]);
  await follows(cluster.db, view);
  await cluster.query('CREATE heap:more SET n = 7; DELETE heap:5; UPDATE heap:6 SET n = 0');
  const outs = (await follows(cluster.db, view)).map(({ out }) => out);
  assert.ok(outs.includes('heap:more') && !outs.includes('heap:5') && !outs.includes('heap:6'));
  await ssp.restart();
  await cluster.query('DELETE heap:7');
  await eventually(async () => assert.equal((await explained(view)).lane, 'heavy'));
  await follows(cluster.db, view);
  await cluster.query('fn::query::unregister($id)', { id: view.id });
  assert.deepEqual(await edges(cluster.db, view), []);
  await eventually(async () => assert.equal((await get(`${ssp.url}/debug/deps`)).json.lane.view_count, 0));
});
