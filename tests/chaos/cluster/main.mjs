// Rounds of faults against a whole cluster under load; after each, everything is checked.
import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { DatabaseClient } from '../../harness/database_client.mjs';
import { LinkedCluster } from '../../harness/linked_cluster.mjs';
import { SCHEMA } from './application.mjs';
import { Backend } from './backend.mjs';
import { logHasNoGap } from './checks/log.mjs';
import { applyAll } from './faults.mjs';
import { JOB_SCHEMA, jobSettings, JobClient } from './jobs.mjs';
import { look, settle } from './quiescence.mjs';
import { Registrations } from './registrations.mjs';
import { Report } from './report.mjs';
import { describe, faultsOf } from './schedule.mjs';
import { Writer } from './writer.mjs';

const HELP = `Chaos tests of a whole cluster: ./run test chaos-cluster [options]
  --seed N       decides faults, views and writes (default ${7}; "random" takes any)
  --rounds N     rounds of faults (default 3, what CI runs)
  --minutes N    as many rounds as begin within this time, instead
  --only A,B     just these rounds of the seed's schedule
  --kinds A,B    just faults whose names contain one of these: "kill ssp,link"
  --views N      views held all the time (default 500)
  --clients N    clients that write (default 4)
  --ssps N       SSPs (default 4)
  --no-jobs      without outbox jobs
  --plan         print the faults and end`;

const number = (fallback) => ({ type: 'string', default: String(fallback) });
const { values: options } = parseArgs({
  options: {
    seed: number(7), rounds: number(3), minutes: { type: 'string' }, only: { type: 'string' }, kinds: { type: 'string' }, views: number(500),
    clients: number(4), ssps: number(4), 'no-jobs': { type: 'boolean', default: false }, plan: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
  },
});

const WINDOW_MS = 6000;

function* roundsWanted() {
  if (options.only) return yield* options.only.split(',').map(Number);
  const end = options.minutes && Date.now() + Number(options.minutes) * 60_000;
  for (let round = 1; end ? Date.now() < end : round <= Number(options.rounds); round++) yield round;
}

const faultsIn = (seed, round) => faultsOf(seed, round, { ssps: Number(options.ssps), windowMs: WINDOW_MS, kinds: options.kinds?.split(',') });

/** One round: faults while everybody works, then rest, then every check. */
async function runRound(context, round, report) {
  const { cluster, writers, registrations, jobs } = context;
  const faults = faultsIn(report.seed, round);
  console.log(`round ${round}: ${faults.map(describe).join('; ')}`);
  const clients = [...writers, registrations, ...(jobs ? [jobs] : [])];
  for (const client of clients) client.start();
  for (const fault of faults) report.fault(fault);
  const failures = await applyAll(cluster, faults);
  cluster.healLinks();
  for (const text of [...failures, ...cluster.crashed()]) report.violation(round, text);
  await Promise.all(clients.map((client) => client.stop()));
  await registrations.settle().catch((failure) => report.violation(round, failure.message));
  const took = await settle(context, round, report);
  console.log(`round ${round}: at rest and checked after ${(took / 1000).toFixed(1)} s`);
}

async function prepare(seed) {
  const backend = await new Backend(seed).start();
  const cluster = await LinkedCluster.start('chaos-cluster',
    {
      ssps: Number(options.ssps), schema: SCHEMA + JOB_SCHEMA, settings: jobSettings(backend),
      // A round ends with an even pool: it shall not take minutes.
      env: { scheduler: { SPOOKY_SCHEDULER_REBALANCE_MOVES_PER_SEC: '200' } },
    });
  const { addr } = cluster.surrealdb;
  const clients = Number(options.clients);
  const writers = Array.from({ length: clients }, (_, n) => new Writer(n, clients, seed, addr, cluster.names));
  for (const writer of writers) await writer.seed();
  const context = {
    cluster, writers, backend, registrations: new Registrations(seed, cluster), db: new DatabaseClient(addr, cluster.names), counts: {},
    jobs: options['no-jobs'] ? undefined : new JobClient(seed, addr, cluster.names),
  };
  await context.registrations.fill(Number(options.views));
  return context;
}

function totals({ writers, registrations, counts, jobs, backend }) {
  const sum = (which) => writers.reduce((total, writer) => total + writer.counts[which], 0);
  return {
    'writes acknowledged': `${sum('acknowledged')}, of them ${sum('transactions')} of several records; refused ${sum('refused')}, unknown ${sum('unknown')}`,
    registrations: `${registrations.counts.registered}, removals ${registrations.counts.unregistered}, unanswered ${registrations.counts.unanswered}`,
    ...(jobs ? { jobs: `${jobs.acknowledged.size} acknowledged, ${jobs.uncertain.size} perhaps; ${backend.requests} requests for ${backend.effects.size} effects` } : {}),
    'owners asked of the scheduler': counts.owners ?? 0,
  };
}

async function main() {
  if (options.help) return console.log(HELP);
  const seed = options.seed === 'random' ? randomInt(1, 1 << 30) : Number(options.seed);
  if (options.plan) {
    for (const round of roundsWanted()) console.log(`round ${round}: ${faultsIn(seed, round).map(describe).join('; ')}`);
    return undefined;
  }
  console.log(`seed ${seed}`);
  const report = new Report(seed);
  const began = performance.now();
  const context = await prepare(seed);
  console.log(`${options.views} views on ${options.ssps} SSPs after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  try {
    await settle(context, 0, report);
    for (const round of roundsWanted()) await runRound(context, round, report);
    await context.cluster.scheduler.stop();
    report.check('the log has no gap', 'end', await look(logHasNoGap, context));
  } finally {
    report.print(totals(context));
    await context.cluster.stop().catch((failure) => report.violation('end', failure.message));
  }
  const { passed, failed } = report.totals;
  if (failed > 0) console.log(`logs: ${context.cluster.logs}; again: ./run test chaos-cluster --seed ${seed}`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed;
}

await main().then((failed) => process.exit(failed ? 1 : 0), async (failure) => {
  console.log(failure);
  await pause(100);
  console.log('0 passed, 1 failed');
  process.exit(1);
});
