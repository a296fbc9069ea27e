// The HTTP backend that jobs are sent to: it counts what arrives, by job and by idempotency key, and fails or
// dawdles for some attempts, as the seed says.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { Random } from './random.mjs';

const SLOW_MS = [100, 900];

/** What the backend does with the n-th request for a job. Every job is done at its fourth at the latest. */
export function answerTo(seed, job, nth) {
  const random = new Random(seed, 'backend', job, nth);
  const waits = random.chance(0.2) ? random.between(...SLOW_MS) : random.between(0, 20);
  if (nth >= 4) return { status: 200, waits };
  return { status: random.weighted({ 200: 16, 500: 2, 503: 1, 429: 1 }), waits };
}

export class Backend {
  /** Job -> how often its effect happened: requests that were answered 200, or would have been. */
  effects = new Map();
  /** Idempotency key -> requests that carried it. */
  keys = new Map();
  /** Requests that were none of a known form. */
  strange = [];
  #requests = new Map();
  #server;

  constructor(seed) {
    this.seed = seed;
  }

  async start() {
    this.#server = createServer((request, response) => this.#serve(request, response)).listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
    return this;
  }

  async #serve(request, response) {
    const [, job] = request.url.match(/^\/work\/(\w+)$/) ?? [];
    const key = request.headers['idempotency-key'];
    if (!job || !key) this.strange.push(`${request.method} ${request.url} with key ${key}`);
    request.resume();
    const nth = (this.#requests.get(job) ?? 0) + 1;
    this.#requests.set(job, nth);
    this.keys.set(key, (this.keys.get(key) ?? 0) + 1);
    const { status, waits } = answerTo(this.seed, job, nth);
    if (Number(status) === 200) this.effects.set(job, (this.effects.get(job) ?? 0) + 1);
    await pause(waits);
    response.on('error', () => {});
    response.writeHead(Number(status), { 'content-type': 'application/json' }).end('{}');
  }

  get requests() {
    return [...this.#requests.values()].reduce((sum, n) => sum + n, 0);
  }

  async stop() {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
