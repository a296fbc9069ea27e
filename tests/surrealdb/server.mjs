#!/usr/bin/env node
// A SurrealDB for development and tests: SurrealDB's WebSocket and HTTP protocols in front of the
// real engine, embedded. One datastore serves every connection. For loopback only.
//
//   node tests/surrealdb/server.mjs --listen 127.0.0.1:8000 --path mem:// 2>/dev/null
//
// Standard error belongs to the engine, which prints every change-feed key it touches there.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { Engine } from './engine.mjs';
import { httpRoutes } from './http_routes.mjs';
import { SessionRegistry } from './sessions.mjs';
import { serveWebSocket } from './websocket.mjs';

const STOP_WITHIN_MS = 10_000;

const { values: options } = parseArgs({
  options: {
    listen: { type: 'string', default: '127.0.0.1:8000' }, // port 0: any free one, which is printed
    path: { type: 'string', default: 'mem://' }, // or rocksdb://folder, surrealkv://folder
    user: { type: 'string', default: 'root' },
    pass: { type: 'string', default: 'root' },
    unauthenticated: { type: 'boolean', default: false },
    'stop-with-stdin': { type: 'boolean', default: false }, // end when whoever started it is gone
  },
});

function parseAddress(text) {
  const [, host, port] = text.match(/^\[?(.*?)\]?:(\d+)$/) ?? [];
  if (!port) throw new Error(`--listen ${text}: expected host:port, such as 127.0.0.1:8000`);
  return { host, port: Number(port) };
}

/** Creates the first user, as the server's --user and --pass do. A datastore that has it keeps it. */
async function defineRootUser(engine) {
  const password = JSON.stringify(options.pass);
  const [{ status, result }] = await engine.call(
    'query', `DEFINE USER IF NOT EXISTS ${options.user} ON ROOT PASSWORD ${password} ROLES OWNER`);
  if (status !== 'OK') throw new Error(`cannot create the user ${options.user}: ${result}`);
}

async function main() {
  const address = parseAddress(options.listen);
  const engine = await Engine.open(options.path);
  await defineRootUser(engine);
  const sessions = new SessionRegistry(engine, { trustAnonymous: options.unauthenticated });
  const server = createServer(httpRoutes(sessions));
  const sockets = serveWebSocket(server, sessions);
  sessions.routeNotifications();

  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    server.close();
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    await sessions.closeAll();
    await engine.close();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop);
  if (options['stop-with-stdin']) process.stdin.on('end', stop).resume();

  server.on('error', (error) => fail(error));
  server.listen(address.port, address.host, () =>
    console.log(`listening on ws://${address.host}:${server.address().port}/rpc`));
}

function fail(error) {
  console.log(`cannot serve: ${error.message}`);
  process.exit(1);
}

main().catch(fail);
