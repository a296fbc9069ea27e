// An SSP with 500 views dies (kill -9: the process exits, nobody is told). When does each of its views answer
// from another SSP over HTTP, and when does its query record name the new owner? One JSON line per run.
import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Cluster } from '../../tests/harness/cluster.mjs';
import { eventually } from '../../tests/harness/eventually.mjs';
import { get, post } from '../../tests/harness/http.mjs';

const HELP = `./run bench failover [options]
  --views N                 views of the SSP that dies (default 500)
  --ssps N                  SSPs that are left (default 3)
  --rows N                  rows of the table the views are of (default 5000)
  --heartbeat-timeout-ms N  the scheduler's setting (default 2000)
  --runs N                  deaths, each of a cluster of its own (default 1)`;

const { values: options } = parseArgs({
  options: {
    views: { type: 'string', default: '500' }, ssps: { type: 'string', default: '3' }, rows: { type: 'string', default: '5000' },
    'heartbeat-timeout-ms': { type: 'string', default: '2000' }, runs: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});
const [views, others, rows, timeoutMs, runs] = ['views', 'ssps', 'rows', 'heartbeat-timeout-ms', 'runs'].map((name) => Number(options[name]));

const ALLOWED_BEYOND_TIMEOUT_MS = 1000;
const GIVE_UP_AFTER_MS = 60_000;
const AT_ONCE = 4;
const POLL_EVERY_MS = 25;
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

async function inLanes(items, work) {
  const queue = [...items];
  const lane = async () => { for (let item; (item = queue.shift()) !== undefined;) await work(item); };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** A cluster in which `first` holds all views and the others none. */
async function prepare() {
  const cluster = await Cluster.open('bench-failover');
  await cluster.query('DEFINE TABLE item SCHEMALESS');
  for (let from = 0; from < rows; from += 1000) {
    await cluster.query('FOR $n IN $from..$to { CREATE type::record("item", $n) SET grp = $n % $groups, n = $n RETURN NONE }',
      { from, to: Math.min(rows, from + 1000), groups: views });
  }
  await cluster.addScheduler({
    SPOOKY_SCHEDULER_HEARTBEAT_TIMEOUT_MS: String(timeoutMs), SPOOKY_SCHEDULER_REBALANCE_MOVES_PER_SEC: '0',
  });
  const first = await cluster.addSsp();
  await cluster.ready();
  await cluster.applySchema();
  const ids = Array.from({ length: views }, (_, n) => `failover_${n}`);
  await inLanes(ids.map((id, grp) => ({ id, grp })), async ({ id, grp }) => {
    const { status, text } = await post(`${cluster.scheduler.url}/view/register`,
      { id, surql: 'SELECT * FROM item WHERE grp = $grp', params: { grp }, rows: false }, { agent, withinMs: GIVE_UP_AFTER_MS });
    if (status !== 200) throw new Error(`view ${id}: ${status} ${text}`);
  });
  for (let n = 0; n < others; n++) await cluster.addSsp();
  await cluster.ready();
  return { cluster, first, ids };
}

/**
 * Milliseconds from the death until each view answers from one of `ssps`. A lane asks for one view until it
 * answers, then for the next: few requests are in flight, so that asking does not slow what it measures.
 */
async function answerTimes(ids, ssps, died) {
  const times = [];
  await inLanes(ids, async (id) => {
    while (performance.now() - died < GIVE_UP_AFTER_MS) {
      const answers = await Promise.all(ssps.map((ssp) => get(`${ssp.url}/view/${id}`, { agent })));
      if (answers.some(({ status }) => status === 200)) return void times.push(performance.now() - died);
      await pause(POLL_EVERY_MS);
    }
  });
  return times.sort((a, b) => a - b);
}

async function measure() {
  const { cluster, first, ids } = await prepare();
  try {
    const died = performance.now();
    await first.kill();
    const times = await answerTimes(ids, cluster.ssps.filter((ssp) => ssp !== first), died);
    await eventually(async () => {
      const left = await cluster.query('SELECT VALUE id FROM _spooky_query WHERE ssp = $ssp OR state != "ready"', { ssp: first.name });
      if (left.length > 0) throw new Error(`${left.length} query records still name ${first.name}, or are not ready`);
    }, GIVE_UP_AFTER_MS);
    const recorded = performance.now() - died;
    const at = (share) => Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? -1);
    const limit = timeoutMs + ALLOWED_BEYOND_TIMEOUT_MS;
    return {
      bench: 'failover', views, ssps_left: others, rows, heartbeat_timeout_ms: timeoutMs, answering: times.length,
      first_ms: at(0), p50_ms: at(0.5), p99_ms: at(0.99), max_ms: at(1), records_ms: Math.round(recorded), limit_ms: limit,
      met: times.length === views && times.at(-1) <= limit,
    };
  } finally {
    await cluster.stop();
  }
}

if (options.help) {
  console.log(HELP);
} else {
  for (let run = 0; run < runs; run++) console.log(JSON.stringify(await measure()));
}
process.exit();
