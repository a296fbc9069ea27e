// The oracle through the front door: a random application writes to a real database; what capture, log,
// pool and engine make of it is compared, at rest after each step, with SurrealDB's own answers.
import { Cluster } from '../../harness/cluster.mjs';
import { serverProgram, startRealServer } from '../../surrealdb/real_server.mjs';
import { startSurrealdb } from '../../surrealdb/start.mjs';
import { Random } from '../generate/random.mjs';
import { options } from './options.mjs';
import { Round } from './round.mjs';

const QUICK = { TABLE_INTERVAL_MS: '200', COMPARE_INTERVAL_SECS: '5' };
const program = process.env.SURREALDB_ADDR ? null : serverProgram();
const start = program ? ({ path }) => startRealServer(program, { path: path.replace('rocksdb:', 'surrealkv:') }) : startSurrealdb;

class Coverage {
  counts = new Map();

  note(what) { this.counts.set(what, (this.counts.get(what) ?? 0) + 1); }

  print() {
    console.log([...this.counts].sort().map(([what, count]) => `${what} ${count}`).join(', '));
  }
}

/** Webhook capture has an event on each table, which `spooky schema` defines. */
const defined = (cluster, mode) =>
  cluster.applySchema(undefined, mode === 'webhook' ? ['--webhook', ...(program ? [] : ['--sync-events'])] : []);

async function open({ mode, arrangement }) {
  const settings = Object.entries({ ...QUICK, MODE: mode });
  const environment = (prefix) => Object.fromEntries(settings.map(([name, value]) => [`${prefix}_CAPTURE_${name}`, value]));
  const cluster = await Cluster.open(`front_${mode}_${arrangement}`, start);
  if (arrangement === 'cluster') await cluster.addScheduler(environment('SPOOKY_SCHEDULER'));
  await cluster.addSsp(arrangement === 'single' ? environment('SPOOKY_SSP') : {});
  if (arrangement === 'cluster') await cluster.addSsp();
  await cluster.ready();
  await defined(cluster, mode);
  return cluster;
}

const chosen = options();
const coverage = new Coverage();
let passed = 0;
let failed = 0;
for (const { mode, arrangement, rounds } of chosen.runs) {
  const began = performance.now();
  const cluster = await open({ mode, arrangement });
  try {
    for (let i = 0; i < rounds; i++) {
      const seed = chosen.seed + i;
      const round = new Round(cluster, new Random(seed), `r${seed}`, coverage, () => (mode === 'webhook' ? defined(cluster, mode) : null));
      const trouble = await round.run();
      if (trouble === null) {
        passed += round.comparisons;
        continue;
      }
      failed++;
      console.log(`seed ${seed}, ${mode}, ${arrangement}: ${trouble}\n${round.story()}\n`);
      if (failed >= chosen.stopAfter) break;
    }
  } finally {
    await cluster.stop();
  }
  console.log(`${mode}, ${arrangement}: ${rounds} applications from seed ${chosen.seed}, ${((performance.now() - began) / 1000).toFixed(1)} s`);
}
coverage.print();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
