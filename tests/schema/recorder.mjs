// The HTTP side of the generated functions and events: remembers every request and answers as told.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

export class Recorder {
  requests = [];
  /** path -> async (body) => ({ status, body }); a path without one is answered 200 {}. */
  answers = {};
  #server = createServer(async (request, response) => {
    const body = await json(request);
    this.requests.push({ path: request.url, body, headers: request.headers });
    const answer = await (this.answers[request.url] ?? (async () => ({})))(body).catch((error) => ({ status: 500, body: { message: error.message } }));
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body ?? {}));
  });

  async start() {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
    return this;
  }

  /** The requests since the last call. */
  take() {
    return this.requests.splice(0);
  }

  async stop() {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}
