// Parts of a process end where nobody told them to: for want of memory, of room for files, by a signal. What
// works without them goes on; what does not ends with the process, which says so in one line.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Cluster } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { get, post } from '../harness/http.mjs';
import { limitFiles, limitMemory } from '../harness/process_limits.mjs';
import { follows, register } from '../harness/views.mjs';

const MIB = 1024 * 1024;
const ENDS_WITHIN_MS = 15_000;
/** Far more than the tests take, so that nobody is found missing for want of heartbeats. */
const LONG_HEARTBEAT_MS = '60000';
const LARGE = '6000000000';

let cluster;

before(async () => {
  cluster = await Cluster.open('parts_end');
  await cluster.query('DEFINE TABLE thing SCHEMALESS; FOR $n IN 1..=20 { CREATE type::record("thing", $n) SET n = $n }');
  await cluster.addScheduler({
    SPOOKY_SCHEDULER_HEARTBEAT_TIMEOUT_MS: LONG_HEARTBEAT_MS,
    SPOOKY_SCHEDULER_LIMITS_QUERY_MEMORY_BYTES: LARGE,
  });
  // The first has no lane for heavy views: its circuit itself opens them.
  for (const turn of ['0', '20']) {
    await cluster.addSsp({
      SPOOKY_SSP_LIMITS_VIEW_MEMORY_BYTES: LARGE, SPOOKY_SSP_LIMITS_VIEW_TIME_MS: '60000', SPOOKY_SSP_LIMITS_TURN_TIME_MS: turn });
  }
  await cluster.ready();
  await cluster.applySchema();
});
after(() => cluster.stop());

const lines = (program, pattern) => readFileSync(program.log, 'utf8').split('\n').filter((line) => pattern.test(line));
const pool = async () => (await get(`${cluster.scheduler.url}/metrics`)).json.ssps.map(({ id }) => id).sort();

/** Waits until the program has ended by itself; gives its exit code. */
async function ends(program) {
  await eventually(() => assert.equal(program.isRunning, false, `${program.name} still runs`), ENDS_WITHIN_MS);
  return program.stop();
}

test('a query that takes all memory costs its worker, which is replaced, and nobody else', async () => {
  const lift = await limitMemory(cluster.scheduler.pid, 192 * MIB);
  for (let n = 0; n < 5; n++) {
    const { status, json } = await post(`${cluster.scheduler.url}/proxy/query`,
      { query: 'SELECT array::map(array::range(0, 10000), |$x| array::range(0, 20000)) AS all FROM thing LIMIT 1' }, { withinMs: 30_000 });
    assert.equal(status, 500, JSON.stringify(json)?.slice(0, 200));
    assert.match(json.message, /memory/);
    assert.equal((await get(`${cluster.scheduler.url}/health`)).status, 200);
  }
  await lift();
  for (let n = 0; n < 8; n++) assert.equal((await cluster.replica('SELECT * FROM thing')).length, 20);
  assert.equal(lines(cluster.scheduler, /another takes its place/).length, 5);
});

/** A view that takes more memory than there is. It goes to that SSP itself: the scheduler would place it where there is room. */
const takeAllMemory = (ssp) => post(`${ssp.url}/view/register`,
  { id: 'all-memory', surql: 'SELECT array::map(array::range(0, 10000), |$x| array::range(0, 20000)) AS all FROM thing', edges: false }, { withinMs: 30_000 });

test('a view that takes all memory costs the lane of heavy views, which is replaced, and nobody else', async () => {
  const view = await register(cluster.db, 'SELECT * FROM thing WHERE n > 100');
  const ssp = cluster.ssps[1];
  const lift = await limitMemory(ssp.pid, 96 * MIB);
  const { status, text } = await takeAllMemory(ssp);
  assert.ok(status >= 400, text);
  await lift();
  await eventually(() => assert.equal(lines(ssp, /the lane of heavy views ended: the memory .* another one takes its place, without all-memory/).length, 1));
  assert.equal((await get(`${ssp.url}/health`)).status, 200);
  await cluster.query('CREATE thing:101 SET n = 101');
  await follows(cluster.db, view);
  await cluster.query('DELETE thing:101');
});

test('an SSP that cannot go on ends with one line, and others have its views at once', async () => {
  const views = [];
  for (let n = 0; n < 6; n++) views.push(await register(cluster.db, `SELECT * FROM thing WHERE n > ${n}`));
  const [victim, other] = cluster.ssps;
  await limitMemory(victim.pid, 96 * MIB);
  await takeAllMemory(victim).catch(() => {});
  assert.equal(await ends(victim), 1);
  const said = lines(victim, /cannot go on/);
  assert.equal(said.length, 1, said.join('\n'));
  assert.match(said[0], /critical the SSP cannot go on: its circuit has ended: the memory/);
  await eventually(async () => assert.deepEqual(await pool(), [other.name]), 3_000);
  await cluster.query('CREATE thing:21 SET n = 21');
  for (const view of views) await follows(cluster.db, view);
  await victim.start();
  await cluster.ready();
});

test('a limit of files\' sizes is a full disk: refused, said, and over when it is lifted', async () => {
  const { scheduler } = cluster;
  const lift = await limitFiles(scheduler.pid, MIB);
  const record = { text: 'x'.repeat(64 * 1024) };
  const ingest = (n) => post(`${scheduler.url}/ingest`, { table: 'posted', op: 'CREATE', id: `posted:${n}`, record });
  let taken = 0;
  let refused;
  while (!refused && taken < 64) {
    const answer = await ingest(taken);
    if (answer.status === 200) taken++;
    else refused = answer;
  }
  assert.equal(refused?.status, 503, refused?.text);
  assert.match(refused.json.message, /File too large; nothing was stored/);
  const health = await get(`${scheduler.url}/health`);
  assert.equal(health.status, 503);
  assert.match(health.json.detail, /File too large/);
  await lift();
  await eventually(async () => assert.equal((await ingest(taken)).status, 200));
  assert.equal((await get(`${scheduler.url}/health`)).status, 200);
  await eventually(async () => assert.equal((await cluster.replica('SELECT VALUE id FROM posted')).length, taken + 1));
});

for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGXCPU']) {
  test(`${signal} ends an SSP in order, and the log says why`, async () => {
    const ssp = cluster.ssps[1];
    ssp.signal(signal);
    assert.equal(await ends(ssp), 0);
    assert.equal(lines(ssp, new RegExp(`stopping: ${signal}`)).length, 1);
    await ssp.start();
    await cluster.ready();
  });
}

for (const signal of ['SIGPIPE', 'SIGXFSZ']) {
  test(`${signal} is the business of the write that failed, not of the process`, async () => {
    cluster.scheduler.signal(signal);
    cluster.ssps[1].signal(signal);
    await cluster.query('UPDATE thing:1 SET n = 1');
    await cluster.ready();
  });
}

test('a crash is said', async () => {
  const ssp = cluster.ssps[1];
  ssp.signal('SIGSEGV');
  await eventually(() => assert.equal(ssp.isRunning, false), ENDS_WITHIN_MS);
  assert.equal(lines(ssp, /^spooky crashed: SIGSEGV/).length, 1);
  await ssp.start();
  await cluster.ready();
});
