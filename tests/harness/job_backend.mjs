// An HTTP service that outbox jobs go to: does as the test says, and remembers every request.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

export class JobBackend {
  /** `{ job, attempt, key, path, body, headers, at, ssp }` of every request, in order. */
  calls = [];
  /** Most requests that were open at once. */
  peak = 0;
  #open = 0;
  #ways = new Map();
  #server;

  static async open() {
    const backend = new JobBackend();
    backend.#server = createServer((request, response) => backend.#serve(request, response)).listen(0, '127.0.0.1');
    await once(backend.#server, 'listening');
    backend.url = `http://127.0.0.1:${backend.#server.address().port}`;
    return backend;
  }

  /**
   * What a path answers: `way(call)` gives a status, or `{ status, headers, body, afterMs }`, or
   * nothing for never. Without a way it is 200.
   */
  on(path, way) {
    this.#ways.set(path, way);
  }

  /** The requests for a job, named as in its idempotency key (`job:abc`). */
  of(job) {
    return this.calls.filter((call) => call.job === job);
  }

  async #serve(request, response) {
    const chunks = [];
    request.on('error', () => {});
    for await (const chunk of request) chunks.push(chunk);
    const key = request.headers['idempotency-key'] ?? '';
    const [, job, attempt] = /^(.*):(\d+)$/.exec(key) ?? [];
    const text = Buffer.concat(chunks).toString();
    const call = {
      job, attempt: Number(attempt), key, path: request.url, at: Date.now(), headers: request.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
    this.calls.push(call);
    this.peak = Math.max(this.peak, ++this.#open);
    response.on('close', () => { this.#open--; });
    const answer = await (this.#ways.get(new URL(request.url, this.url).pathname) ?? (() => 200))(call);
    if (answer === undefined) return;
    const { status, headers = {}, body = {}, afterMs = 0 } = typeof answer === 'number' ? { status: answer } : answer;
    if (afterMs > 0) await pause(afterMs);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  }

  async close() {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
