// Does to the cluster what the schedule says, and undoes it. A process that ended by itself, or ended badly
// when asked to end, is a violation of its own.
import { setTimeout as pause } from 'node:timers/promises';

/** Per kind: begins the fault, and gives what ends it. */
const KINDS = {
  kill: async (program) => {
    await program.kill();
    return () => program.start();
  },
  stop: async (program) => {
    await endsWell(program);
    return () => program.start();
  },
  pause: async (program) => {
    program.signal('SIGSTOP');
    return async () => program.signal('SIGCONT');
  },
  cut: async (link) => { link.cut(); return async () => link.heal(); },
  stall: async (link) => { link.stall(); return async () => link.heal(); },
  'half-open': async (link) => { link.halfOpen(); return async () => link.heal(); },
  slow: async (link, fault) => { link.slow(fault); return async () => link.heal(); },
};
KINDS.drain = KINDS.stop;
KINDS.freeze = KINDS.pause;
KINDS.throttle = KINDS.slow;

async function endsWell(program) {
  const code = await program.stop();
  if (code !== 0) throw new Error(`${program.name} ended with ${code} when it was asked to end`);
}

/** SurrealDB with the interface of a program. */
function databaseProgram(server) {
  return {
    name: 'database',
    isRunning: true,
    kill: () => server.stop('SIGKILL'),
    stop: async () => { await server.stop(); return 0; },
    start: () => server.start(),
    signal: (name) => process.kill(server.pid, name),
  };
}

function findTarget(cluster, name) {
  if (name === 'database') return databaseProgram(cluster.surrealdb);
  return cluster.links.get(name) ?? cluster.programs.get(name);
}

/** `earlier`: the end of the fault before on the same target, which may take longer than was planned. */
async function apply(cluster, fault, earlier) {
  const target = findTarget(cluster, fault.target);
  await Promise.all([pause(fault.at), earlier]);
  if (target.isRunning === false) throw new Error(cluster.crashed().join('\n'));
  const end = await KINDS[fault.kind](target, fault);
  await pause(fault.lasts);
  await end();
}

/** Applies all `faults` at their times and ends each; gives the messages of what went wrong. */
export async function applyAll(cluster, faults) {
  const last = new Map(); // target -> the fault that hit it last
  for (const fault of faults) last.set(fault.target, apply(cluster, fault, last.get(fault.target)));
  const outcomes = await Promise.allSettled(last.values());
  return outcomes.filter(({ status }) => status === 'rejected').map(({ reason }) => reason.message);
}
