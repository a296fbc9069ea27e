// After a round's faults: the cluster has some time to come to rest, and then everything must be right.
import { setTimeout as pause } from 'node:timers/promises';
import { Findings } from './checks/findings.mjs';
import { jobsAreDone } from './checks/jobs.mjs';
import { databaseIsConnected, poolIsReady, seqsAgree } from './checks/pool.mjs';
import { nothingAcknowledgedIsLost, replicaIsDatabase } from './checks/replica.mjs';
import { viewsAreOnOneSsp, viewsAreTheirQueries } from './checks/views.mjs';

/** Cheapest first: while one fails, those behind it are not worth asking. */
const CHECKS = {
  'the database is connected': databaseIsConnected,
  'every SSP is ready': poolIsReady,
  'seqs agree': seqsAgree,
  'replica = database': replicaIsDatabase,
  'every job is done, once a key': jobsAreDone,
  'every view is on one ready SSP': viewsAreOnOneSsp,
  'every view = its query': viewsAreTheirQueries,
};
const SETTLES_WITHIN_MS = 40_000;
const LOOK_EVERY_MS = 250;

/** What `check` finds; an exception is a finding, too. */
export async function look(check, context) {
  const found = new Findings();
  try {
    await check(Object.assign(context, { found }));
  } catch (failure) {
    found.wrong(failure.message);
  }
  return found;
}

/** Whether everything is right now; the outcome of every check that was worth asking. */
async function lookAtAll(context, { all }) {
  const outcomes = new Map();
  for (const [name, check] of Object.entries(CHECKS)) {
    const found = await look(check, context);
    outcomes.set(name, found);
    if (found.problems.length > 0 && !all) break;
  }
  return outcomes;
}

const allRight = (outcomes) => [...outcomes.values()].every(({ problems }) => problems.length === 0);

/** Waits for rest and reports what every check found; gives how long it took in milliseconds. */
export async function settle(context, round, report) {
  const began = performance.now();
  let outcomes;
  for (let late = false; ; late = performance.now() - began > SETTLES_WITHIN_MS) {
    outcomes = await lookAtAll(context, { all: late });
    if (late || allRight(outcomes)) break;
    await pause(LOOK_EVERY_MS);
  }
  const took = performance.now() - began;
  for (const [name, found] of outcomes) report.check(name, round, found);
  report.check('nothing acknowledged is lost', round, await look(nothingAcknowledgedIsLost, context));
  return took;
}
