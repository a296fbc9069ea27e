// WebSocket as SurrealDB serves it: /rpc with the sub-protocols cbor (binary) and json (text).
import { WebSocketServer } from 'ws';
import { joinFrame, PARSE_ERROR } from './cbor_frame.mjs';
import { formats } from './formats.mjs';
import { Connection } from './sessions.mjs';

const PING_EVERY_MS = 5000;
const LONGEST_MESSAGE = 128 << 20;

function serveConnection(socket, sessions) {
  const format = formats[socket.protocol || 'json'];
  const send = (frame) => socket.send(format.write(frame), { binary: format === formats.cbor });
  const connection = new Connection(sessions, send);
  const ready = connection.attach();
  const ping = setInterval(() => socket.ping(), PING_EVERY_MS);

  socket.on('error', () => socket.terminate());
  socket.on('close', async () => {
    clearInterval(ping);
    await ready;
    await connection.close();
  });
  // Like the server's, the requests of one connection run concurrently: answers may change order.
  socket.on('message', async (data) => {
    await ready;
    const answer = await Promise.resolve(data).then(format.read)
      .then((request) => connection.request(request))
      .catch(() => joinFrame(PARSE_ERROR));
    send(answer);
  });
}

/** Serves /rpc on a node:http server. */
export function serveWebSocket(server, sessions) {
  const sockets = new WebSocketServer({
    server,
    path: '/rpc',
    maxPayload: LONGEST_MESSAGE,
    handleProtocols: (offered) => Object.keys(formats).find((name) => offered.has(name)) ?? false,
  });
  sockets.on('connection', (socket) => serveConnection(socket, sessions));
  return sockets;
}
