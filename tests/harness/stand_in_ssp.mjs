// An HTTP server that registers as an SSP and is whatever a test needs it to be: an SSP that never gets
// ready, or fails, cannot be had from the real one on demand.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { post } from './http.mjs';

export class StandInSsp {
  /** What it answers to GET /health: `[status, body]`. */
  health = [503, { status: 'bootstrapping' }];
  #server;

  constructor(id, scheduler) {
    Object.assign(this, { id, scheduler });
  }

  async start() {
    this.#server = createServer((request, response) => {
      const [status, body] = request.url === '/health' ? this.health : [503, { code: 'SSP_NOT_READY', message: 'a stand-in' }];
      request.resume();
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    }).listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
    return this;
  }

  register() {
    return post(`${this.scheduler.url}/ssp/register`, { ssp_id: this.id, url: this.url, views: [] });
  }

  beat() {
    return post(`${this.scheduler.url}/ssp/heartbeat`, { ssp_id: this.id, views: 0 });
  }

  async stop() {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
