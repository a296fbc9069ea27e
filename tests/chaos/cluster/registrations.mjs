// Clients that register and unregister views all the time, and the account of what they may rely on: a view
// whose registration was answered stays until its removal was.
import { setTimeout as pause } from 'node:timers/promises';
import { Duration } from 'surrealdb';
import { DatabaseClient } from '../../harness/database_client.mjs';
import { post } from '../../harness/http.mjs';
import { Random } from './random.mjs';
import { viewAt } from './views.mjs';

const PAUSE_MS = [100, 500];
const PAUSE_WHEN_REFUSED_MS = 200;
const AT_ONCE = 6;
const ANSWER_WITHIN_MS = 20_000;
const SETTLED_WITHIN_MS = 45_000;
const TTL = '2h';

export class Registrations {
  /** Views that are wanted, by key: their registration was answered, or is to be had still. */
  wanted = new Map();
  counts = { registered: 0, unregistered: 0, unanswered: 0 };
  #unsettled = new Map(); // key -> { view, wanted }: the last request about it was not answered
  #next = 0;
  #random;
  #running;
  #stopping = false;

  constructor(seed, cluster) {
    Object.assign(this, { seed, cluster });
    this.#random = new Random(seed, 'registrations');
    this.db = new DatabaseClient(cluster.surrealdb.addr, cluster.names);
  }

  /** Registers the first `count` views, some at a time. */
  async fill(count) {
    const lane = async () => {
      while (this.#next < count) await this.#demand(viewAt(this.seed, this.#next++));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    await this.settle();
  }

  start() {
    this.#stopping = false;
    this.#running = this.#run();
  }

  async stop() {
    this.#stopping = true;
    await this.#running;
  }

  /** Asks again for what was not answered, until it is. */
  async settle() {
    const deadline = Date.now() + SETTLED_WITHIN_MS;
    while (this.#unsettled.size > 0) {
      for (const { view, wanted } of [...this.#unsettled.values()]) await (wanted ? this.#demand(view) : this.#release(view));
      if (this.#unsettled.size === 0) return;
      if (Date.now() > deadline) {
        const [{ view, wanted, failure }] = this.#unsettled.values();
        throw new Error(`${this.#unsettled.size} requests are not answered ${SETTLED_WITHIN_MS} ms after the faults; `
          + `${wanted ? 'registering' : 'unregistering'} ${view.key}: ${failure}`);
      }
      await pause(PAUSE_WHEN_REFUSED_MS);
    }
  }

  async #run() {
    while (!this.#stopping) {
      // One goes, one comes: the number of views stays.
      const leaving = [...this.wanted.values()];
      if (leaving.length > 0 && this.#random.chance(0.5)) await this.#release(this.#random.pick(leaving));
      else await this.#demand(viewAt(this.seed, this.#next++));
      await pause(this.#random.between(...PAUSE_MS));
    }
  }

  async #demand(view) {
    this.wanted.set(view.key, view);
    if (await this.#ask(view, true)) this.counts.registered++;
  }

  async #release(view) {
    this.wanted.delete(view.key);
    if (await this.#ask(view, false)) this.counts.unregistered++;
  }

  async #ask(view, wanted) {
    try {
      await (wanted ? this.#register(view) : this.#unregister(view));
      this.#unsettled.delete(view.key);
      return true;
    } catch (failure) {
      this.counts.unanswered++;
      this.#unsettled.set(view.key, { view, wanted, failure: failure.message });
      await pause(PAUSE_WHEN_REFUSED_MS);
      return false;
    }
  }

  /** As a client does: through the database's function. */
  async #register({ id, surql, params }) {
    const view = { id, surql, params, clientId: 'chaos', ttl: new Duration(TTL) };
    await this.db.query('fn::query::register($view)', { view }, { withinMs: ANSWER_WITHIN_MS });
  }

  async #unregister({ id }) {
    const { status, text } = await post(`${this.cluster.scheduler.url}/view/unregister`, { id: String(id) },
      { withinMs: ANSWER_WITHIN_MS });
    if (status !== 200 && status !== 404) throw new Error(`${status}: ${text}`);
  }
}
