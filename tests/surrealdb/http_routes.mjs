// HTTP as SurrealDB serves it: GET /health, GET /version, POST /sql, POST /rpc. Each request runs
// in a session of its own.
import { cbor, joinFrame, splitFrame } from './cbor_frame.mjs';
import { formats } from './formats.mjs';

const LONGEST_BODY = 128 << 20;

async function readBody(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > LONGEST_BODY) throw new Error(`the body is longer than ${LONGEST_BODY} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Signs the session in as the headers ask; gives SurrealDB's error where that fails. */
async function signIn(session, headers) {
  const [scheme, credentials = ''] = (headers.authorization ?? '').split(' ');
  if (scheme === 'Bearer') return (await session.call('authenticate', [credentials])).error;
  if (scheme !== 'Basic') return undefined;
  const [user, ...pass] = Buffer.from(credentials, 'base64').toString().split(':');
  const level = {};
  if (headers['surreal-auth-ns']) level.ns = headers['surreal-auth-ns'];
  if (headers['surreal-auth-db']) level.db = headers['surreal-auth-db'];
  return (await session.call('signin', [{ ...level, user, pass: pass.join(':') }])).error;
}

async function selectDatabase(session, headers) {
  if (!headers['surreal-ns']) return undefined;
  return (await session.call('use', [headers['surreal-ns'], headers['surreal-db']])).error;
}

/** Runs `work` in a signed-in session and sends the status and bytes it gives in `format`. */
async function respond(sessions, { headers }, response, format, work) {
  const session = await sessions.open();
  try {
    const error = (await signIn(session, headers)) ?? (await selectDatabase(session, headers));
    const [status, bytes] = error ? [401, error] : await work(session);
    response.writeHead(status, { 'content-type': format.type }).end(format.write(bytes));
  } finally {
    await sessions.close(session);
  }
}

function routesOf(sessions) {
  return {
    'GET /health': async (_, response) => response.end(),

    'GET /version': async (_, response) => response.end(await sessions.engine.call('version')),

    'POST /sql': async (request, response, url) => {
      const format = request.headers.accept === formats.cbor.type ? formats.cbor : formats.json;
      const params = [(await readBody(request)).toString(), Object.fromEntries(url.searchParams)];
      await respond(sessions, request, response, format, async (session) => {
        const { error, result } = await session.call('query', params);
        return error ? [400, error] : [200, result];
      });
    },

    'POST /rpc': async (request, response) => {
      const format = Object.values(formats).find(({ type }) => type === request.headers['content-type']);
      if (!format) return response.writeHead(415).end();
      const { id, ...call } = splitFrame(format.read(await readBody(request)));
      await respond(sessions, request, response, format, async (session) =>
        [200, joinFrame({ id, ...(await session.forward(call)) })]);
    },
  };
}

/** The request listener for a node:http server. */
export function httpRoutes(sessions) {
  const routes = routesOf(sessions);
  return async (request, response) => {
    const url = new URL(request.url, 'http://server');
    const route = routes[`${request.method} ${url.pathname}`];
    try {
      await (route ? route(request, response, url) : response.writeHead(404).end());
    } catch (error) {
      if (!response.headersSent) response.writeHead(400);
      response.end(error.message);
    }
  };
}
