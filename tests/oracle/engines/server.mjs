// A real SurrealDB server, spoken to over WebSockets in CBOR.
import { once } from 'node:events';
import WebSocket from 'ws';
import { cbor, joinFrame, splitFrame } from '../../surrealdb/cbor_frame.mjs';
import { serverProgram, startRealServer } from '../../surrealdb/real_server.mjs';

const ANSWER_WITHIN_MS = 5_000;
export const NO_ANSWER = `the engine did not answer within ${ANSWER_WITHIN_MS / 1000} s`;

/** The server that SURREALDB_ADDR names, else one started for us; null without either. */
export async function openServer() {
  const program = process.env.SURREALDB_ADDR ? null : serverProgram();
  if (!program && !process.env.SURREALDB_ADDR) return null;
  const server = program ? await startRealServer(program) : { addr: process.env.SURREALDB_ADDR, stop: async () => {} };
  const first = await connect(server.addr);
  const { result } = await first.execute({ method: cbor.encode('version'), params: cbor.encode([]) });
  first.close();
  return { name: 'server', version: cbor.decode(result), users: true, guests: true, connect: () => connect(server.addr), close: () => server.stop() };
}

/** A connection, signed in as root unless `user` is null. Requests may be in flight together; each gets its own answer. */
async function connect(addr, user = { user: 'root', pass: 'root' }) {
  const socket = new WebSocket(`ws://${addr}/rpc`, 'cbor');
  await once(socket, 'open');
  const waiting = new Map();
  let id = 0;
  socket.on('message', (data) => {
    const frame = splitFrame(data);
    const key = cbor.decode(frame.id);
    waiting.get(key)?.resolve(frame);
    waiting.delete(key);
  });
  socket.on('close', () => {
    for (const { reject } of waiting.values()) reject(new Error(`${addr} closed the connection`));
  });
  const execute = (frame) => new Promise((resolve, reject) => {
    const key = ++id;
    const late = setTimeout(() => {
      waiting.delete(key);
      resolve({ error: cbor.encode({ message: NO_ANSWER }) });
    }, ANSWER_WITHIN_MS);
    waiting.set(key, { resolve: (answer) => { clearTimeout(late); resolve(answer); }, reject });
    socket.send(joinFrame({ id: cbor.encode(key), ...frame }));
  });
  if (user) await execute({ method: cbor.encode('signin'), params: cbor.encode([user]) });
  return { execute, close: () => socket.close(), another: () => connect(addr, null) };
}
