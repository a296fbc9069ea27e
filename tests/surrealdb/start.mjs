// Starts a SurrealDB for one test suite or the demo, or uses the one that SURREALDB_ADDR names.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { serverProgram, startRealServer } from './real_server.mjs';

const PROGRAM = fileURLToPath(new URL('server.mjs', import.meta.url));
const START_WITHIN_MS = 20_000;

/** Gives the first line the child prints, or fails with what it said when it ended. */
async function firstLine(child) {
  const lines = createInterface({ input: child.stdout });
  const gone = once(child, 'exit').then(([code]) => { throw new Error(`it ended with exit code ${code}`); });
  gone.catch(() => {}); // it ends some day; only the race below cares when
  const timer = AbortSignal.timeout(START_WITHIN_MS);
  const [line] = await Promise.race([once(lines, 'line', { signal: timer }), gone]);
  if (!line.startsWith('listening on ')) throw new Error(line);
  return line;
}

/** A SurrealDB process. `addr` is host:port and stays the same over a restart. */
export class SurrealdbServer {
  #child;
  #args;

  constructor(args) {
    this.#args = args;
  }

  get pid() {
    return this.#child.pid;
  }

  async start() {
    const listen = this.addr ?? '127.0.0.1:0';
    this.#child = spawn(process.execPath, [PROGRAM, '--stop-with-stdin', '--listen', listen, ...this.#args],
      { stdio: ['pipe', 'pipe', process.env.SURREALDB_STDERR ? 'inherit' : 'ignore'], detached: true });
    const line = await firstLine(this.#child).catch((error) => {
      this.#child.kill('SIGKILL');
      throw new Error(`SurrealDB did not start: ${error.message}`);
    });
    this.addr = new URL(line.split(' ').pop()).host;
    return this;
  }

  /** Ends the process with `signal` and waits until it is gone; SIGKILL loses a mem:// datastore. */
  async stop(signal = 'SIGTERM') {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill(signal);
    await gone;
  }

  async restart(signal) {
    await this.stop(signal);
    await this.start();
  }
}

/** The server's program where SPOOKY_TEST_ENGINE=server asks for one; else null: the embedded engine. */
const wantedServer = () => (process.env.SPOOKY_TEST_ENGINE === 'server' ? serverProgram() : null);

/** The embedded engine, 3.0.2, in a process of its own. */
export const startEmbedded = ({ path = 'mem://', user = 'root', pass = 'root' } = {}) =>
  new SurrealdbServer(['--path', path, '--user', user, '--pass', pass]).start();

/**
 * Starts a SurrealDB, the embedded one unless a server is wanted: `{ addr, pid, stop, restart }`. `path` is the datastore: mem://, rocksdb://folder,
 * surrealkv://folder. The server that SURREALDB_ADDR names is neither stopped nor restarted.
 */
export async function startSurrealdb(options = {}) {
  const given = process.env.SURREALDB_ADDR;
  if (given) return { addr: given, given: true, stop: async () => {}, restart: async () => {} };
  const program = wantedServer();
  return program ? startRealServer(program, options) : startEmbedded(options);
}
