// Two ways to be a client of SurrealDB: the official SDK, as an application would, and bare CBOR
// frames for what the SDK hides (it drops notifications that arrive together).
import { once } from 'node:events';
import { webcrypto } from 'node:crypto';
import { createRemoteEngines, Surreal } from 'surrealdb';
import WebSocket from 'ws';
import { cbor } from './cbor_frame.mjs';

globalThis.crypto ??= webcrypto; // Node 18 does not make it global

export const ROOT = { username: 'root', password: 'root' };

/** `addr` is host:port, or has the scheme of a server that speaks TLS: wss://host:port. */
const rpc = (addr) => `${addr.includes('://') ? '' : 'ws://'}${addr}/rpc`;

/** An SDK connection to `addr`, signed in as `authentication` and using the database. */
export async function connect(addr, { namespace = 'test', database = 'test', authentication = ROOT } = {}) {
  const db = new Surreal({ engines: createRemoteEngines(), websocketImpl: WebSocket });
  try {
    await db.connect(rpc(addr), { namespace, database, authentication });
  } catch (refused) {
    await db.close();
    throw refused;
  }
  return db;
}

/** Makes a database: from 3.3 on a session cannot use one that nobody has defined. */
export async function define(addr, { namespace, database, authentication = ROOT }) {
  const root = await connectRaw(addr, { namespace: null, database: null, authentication });
  const { error } = await root.call('query',
    `DEFINE NAMESPACE IF NOT EXISTS ${namespace}; USE NS ${namespace}; DEFINE DATABASE IF NOT EXISTS ${database}`);
  root.close();
  if (error) throw new Error(`${addr}: ${error.message}`);
}

/** A bare CBOR connection: `call(method, ...params)` gives the whole answer frame, decoded. */
export async function connectRaw(addr, { namespace = 'test', database = 'test', authentication = ROOT } = {}) {
  const socket = new WebSocket(rpc(addr), 'cbor');
  await once(socket, 'open');
  const waiting = new Map();
  const notifications = [];
  socket.on('message', (data) => {
    const frame = cbor.decode(new Uint8Array(data));
    if (frame.id === undefined) notifications.push(frame.result);
    else waiting.get(frame.id)(frame);
  });
  let id = 0;
  const call = (method, ...params) => new Promise((resolve) => {
    waiting.set(++id, resolve);
    socket.send(cbor.encode({ id, method, params }));
  });
  if (authentication) await call('signin', { user: authentication.username, pass: authentication.password });
  if (namespace) await call('use', namespace, database);
  return { socket, call, notifications, close: () => socket.close() };
}
