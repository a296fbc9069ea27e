// Live queries: registered through the application's own connection to SurrealDB, followed by stream.
import { Connection } from './connection.js';
import { LiveView } from './live_view.js';

const REGISTER = 'RETURN fn::query::register($view)';

/** The key under which a query is registered: the same query of the same application has the same one. */
export async function keyOf(surql, params = {}) {
  const bytes = new TextEncoder().encode(JSON.stringify({ surql, params }));
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Registers by way of a connection of SurrealDB's SDK: with its user, and what that one may see. */
export function registerWith(db) {
  return async (view) => {
    const answers = db.query(REGISTER, { view });
    return (await (answers.collect?.() ?? answers)).at(-1);
  };
}

export class Spooky {
  #options;
  #connections = new Map();

  /**
   * `register(view)` has a query registered, `{ id, surql, params, ttl, edges }`, and gives the answer; see
   * registerWith(). `WebSocket`: the class to use where there is no global one.
   */
  constructor({ register, WebSocket = globalThis.WebSocket, ttl = '10m' }) {
    if (!WebSocket) throw new Error('there is no global WebSocket here: give one as an option');
    this.#options = { register, WebSocket, ttl };
  }

  /** A live view of the query; it begins at once and goes on until it is closed. */
  live(surql, params = {}) {
    const { register, ttl } = this.#options;
    return new LiveView({
      register: async () => register({ id: await keyOf(surql, params), surql, params, ttl, edges: false, rows: false }),
      connect: (url) => this.#connection(url),
    });
  }

  /** Ends all views' connections. Views that are not closed open others. */
  close() {
    for (const connection of this.#connections.values()) connection.close();
  }

  /** One connection to each SSP carries all the views it keeps. */
  #connection(url) {
    const open = this.#connections.get(url);
    if (open && !open.closed) return open;
    const connection = new Connection(url, this.#options.WebSocket, () => {
      if (this.#connections.get(url) === connection) this.#connections.delete(url);
    });
    this.#connections.set(url, connection);
    return connection;
  }
}
