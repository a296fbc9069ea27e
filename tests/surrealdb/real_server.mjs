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

/**
 * Starts `program` on a free port with the user root, password root. Gives `{ addr, stop }`. With `tls`,
 * `{ cert, key }`, it speaks TLS and `addr` says so; `env` is added to its environment.
 */
export async function startRealServer(program, { path = 'memory', tls, env = {} } = {}) {
  const bind = `127.0.0.1:${await freePort()}`;
  const addr = tls ? `wss://${bind}` : bind;
  const secure = tls ? ['--web-crt', tls.cert, '--web-key', tls.key] : [];
  const child = spawn(program,
    ['start', '--user', 'root', '--pass', 'root', '--bind', bind, '--allow-all', '--log', 'none', ...secure, path],
    { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', process.env.SURREALDB_STDERR ? 'inherit' : 'ignore'] });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    // A query that failed inside the server keeps it from ending for half a minute.
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    await once(child, 'exit');
    clearTimeout(late);
  };
  process.on('exit', () => child.kill('SIGKILL'));
  for (const end = Date.now() + START_WITHIN_MS; Date.now() < end; await new Promise((wake) => setTimeout(wake, ASK_EVERY_MS))) {
    if (child.exitCode !== null) throw new Error(`${program} ended with exit code ${child.exitCode}`);
    if (await answers(addr)) return { addr, stop };
  }
  await stop();
  throw new Error(`${program} did not answer at ${addr} within ${START_WITHIN_MS / 1000} s`);
}
