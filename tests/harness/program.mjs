// One process of Spooky under test: started, killed, restarted, its output kept.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const START_WITHIN_MS = 20_000;
const STOP_WITHIN_MS = 30_000;
const READY_LINE = /listening on (https?:\/\/\S+)/;
const KEPT_LINES = 40;

/** Where a program of this project is: $SPOOKY_BIN_DIR, or the release build. */
export function binary(name) {
  const path = join(process.env.SPOOKY_BIN_DIR ?? join(ROOT, 'build/release/main'), name);
  if (!existsSync(path)) throw new Error(`${path} is not there: ./run build`);
  return path;
}

/** A loopback port nobody listens on now. Programs keep theirs over restarts, as peers know it. */
export async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

/** The caller's environment without what would configure the program behind the test's back. */
function cleanEnvironment() {
  return Object.fromEntries(Object.entries(process.env)
    .filter(([name]) => !/^(SPOOKY_|SURREALDB_|SCHEDULER_|SSP_|LISTEN_ADDR|ADVERTISE_ADDR|HEARTBEAT_)/.test(name)));
}

// Children have process groups of their own, so that Ctrl-C reaches them by way of stop() only. None
// outlives its test: not even where nobody else listens to the signal that ends the test.
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => { if (process.listenerCount(signal) === 1) process.exit(130); });
}

export class Program {
  #child;
  #recent = [];

  /** `name` tells processes of one kind apart; `port` is where it was told to listen. */
  constructor(program, { name = program, port, env = {}, args = [], logs }) {
    const scheme = env.SPOOKY_TLS_CERT ? 'https' : 'http';
    Object.assign(this, { program, name, port, env, args, url: `${scheme}://127.0.0.1:${port}` });
    mkdirSync(logs, { recursive: true });
    this.log = join(logs, `${name}.log`);
  }

  get isRunning() {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid() {
    return this.#child?.pid;
  }

  /** The last lines it printed, for messages about what went wrong. */
  get tail() {
    return this.#recent.join('\n');
  }

  /** Starts it and waits until it says where it listens. */
  async start() {
    const child = spawn(binary(this.program), this.args,
      { env: { ...cleanEnvironment(), ...this.env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    this.#child = child;
    running.add(child);
    child.once('exit', () => running.delete(child));
    this.#recent = [];
    const log = createWriteStream(this.log, { flags: 'a' });
    const ready = new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`did not say where it listens within ${START_WITHIN_MS} ms`)),
        START_WITHIN_MS);
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(`ended at start with ${code ?? signal}`)));
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          log.write(`${line}\n`);
          this.#recent = [...this.#recent.slice(1 - KEPT_LINES), line];
          if (READY_LINE.test(line)) resolve(clearTimeout(timer));
        });
      }
    });
    try {
      await ready;
    } catch (failure) {
      child.kill('SIGKILL');
      throw new Error(`${this.name} ${failure.message} (${this.log}):\n${this.tail}`);
    }
    return this;
  }

  signal(name) {
    this.#child.kill(name);
  }

  /** Ends it at once, as a power cut would, and waits until it is gone. */
  async kill() {
    await this.#end('SIGKILL');
  }

  /** Asks it to end and gives its exit code; throws where it takes too long. */
  async stop() {
    return this.#end('SIGTERM');
  }

  async restart() {
    await this.stop();
    await this.start();
  }

  async #end(signal) {
    const child = this.#child;
    if (!this.isRunning) return child?.exitCode;
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    const gone = once(child, 'exit');
    child.kill(signal);
    const [code, by] = await gone;
    clearTimeout(late);
    if (by && by !== signal) throw new Error(`${this.name} did not end within ${STOP_WITHIN_MS} ms of ${signal}`);
    return code;
  }
}
