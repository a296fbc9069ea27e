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
  #connections = new Set();

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
      connect: (url, view) => this.#connection(url, view),
    });
  }

  /** Ends all views' connections. Views that are not closed open others. */
  close() {
    for (const connection of [...this.#connections]) connection.close();
  }

  /** One connection to an SSP carries all views that it keeps; another one, a view that is open twice. */
  #connection(url, view) {
    for (const open of this.#connections) if (open.url === url && !open.carries(view)) return open;
    const connection = new Connection(url, this.#options.WebSocket, () => this.#connections.delete(connection));
    this.#connections.add(connection);
    return connection;
  }
}
