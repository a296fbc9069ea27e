// A real SurrealDB server: where its program is, and one started for a test, in memory.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';

const BESIDE_THE_REPOSITORY = fileURLToPath(new URL('../../../shared/surrealdb/surreal', import.meta.url));
const START_WITHIN_MS = 30_000;
const ASK_EVERY_MS = 50;
const STOP_WITHIN_MS = 2_000;

/** The server's program: the one beside this repository, else the one on PATH, else null. */
export function serverProgram() {
  if (existsSync(BESIDE_THE_REPOSITORY)) return BESIDE_THE_REPOSITORY;
  return spawnSync('surreal', ['version'], { stdio: 'ignore' }).status === 0 ? 'surreal' : null;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Whether a WebSocket opens there, whoever vouches for the server. */
function answers(addr) {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${addr.includes('://') ? '' : 'ws://'}${addr}/rpc`, 'cbor', { rejectUnauthorized: false });
    socket.on('open', () => { socket.close(); resolve(true); });
    socket.on('error', () => resolve(false));
  });
}

/** A process of a real server. `addr` stays the same over a restart. */
class RealServer {
  #child;
  #program;
  #args;
  #env;

  constructor(program, { bind, path, user, pass, tls, env }) {
    const secure = tls ? ['--web-crt', tls.cert, '--web-key', tls.key] : [];
    this.addr = tls ? `wss://${bind}` : bind;
    this.#program = program;
    this.#args = ['start', '--user', user, '--pass', pass, '--bind', bind, '--allow-all', '--log', 'none', ...secure, path];
    this.#env = { ...process.env, ...env };
    process.on('exit', () => this.#child?.kill('SIGKILL'));
  }

  get pid() {
    return this.#child.pid;
  }

  get #hasEnded() {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async start() {
    this.#child = spawn(this.#program, this.#args,
      { env: this.#env, stdio: ['ignore', 'ignore', process.env.SURREALDB_STDERR ? 'inherit' : 'ignore'], detached: true });
    for (const end = Date.now() + START_WITHIN_MS; Date.now() < end; await new Promise((wake) => setTimeout(wake, ASK_EVERY_MS))) {
      if (this.#hasEnded) throw new Error(`${this.#program} ended with exit code ${this.#child.exitCode}`);
      if (await answers(this.addr)) return this;
    }
    await this.stop();
    throw new Error(`${this.#program} did not answer at ${this.addr} within ${START_WITHIN_MS / 1000} s`);
  }

  /** Ends the process with `signal` and waits until it is gone; what is in memory is lost. */
  async stop(signal = 'SIGTERM') {
    if (this.#hasEnded) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill(signal);
    // A query that failed inside the server keeps it from ending for half a minute.
    const late = setTimeout(() => this.#child.kill('SIGKILL'), STOP_WITHIN_MS);
    await gone;
    clearTimeout(late);
  }

  async restart(signal) {
    await this.stop(signal);
    await this.start();
  }
}

/**
 * Starts `program` on a free port with the user root, password root. Gives `{ addr, pid, stop, restart }`. `path` is the datastore:
 * memory, rocksdb://folder, surrealkv://folder. With `tls`, `{ cert, key }`, it speaks TLS and `addr` says so; `env` is added to its
 * environment.
 */
export async function startRealServer(program, { path = 'memory', user = 'root', pass = 'root', tls, env = {} } = {}) {
  const bind = `127.0.0.1:${await freePort()}`;
  return new RealServer(program, { bind, path: path === 'mem://' ? 'memory' : path, user, pass, tls, env }).start();
}
