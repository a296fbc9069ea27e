// A client of SurrealDB that knows what became of each request: done, refused, or nobody can say. The SDK
// hides that behind its reconnecting; a test that counts what was acknowledged cannot do without.
import WebSocket from 'ws';
import { cbor } from '../surrealdb/cbor_frame.mjs';
import { ROOT } from '../surrealdb/client.mjs';

const OPEN_WITHIN_MS = 3000;
const ANSWER_WITHIN_MS = 10_000;

/** Nobody can say whether it happened: the connection ended before the answer came. */
export class OutcomeUnknown extends Error {}

/** Nothing happened; `message` is SurrealDB's, or says why it could not be asked. */
export class Refused extends Error {}

export class DatabaseClient {
  #socket;
  #connecting;
  #waiting = new Map();
  #id = 0;

  /** `addr` is host:port. Connects with the first request, and again with the first after a failure. */
  constructor(addr, { namespace, database }) {
    Object.assign(this, { addr, namespace, database });
  }

  /**
   * Runs `text` and gives the results of its statements. Throws Refused or OutcomeUnknown. A failed
   * statement outside BEGIN ... COMMIT does not undo the others: send one, or a transaction.
   */
  async query(text, vars = {}, { withinMs = ANSWER_WITHIN_MS } = {}) {
    // Requests made at the same time share the connection, and the attempt to have one.
    await (this.#connecting ??= this.#connected().finally(() => { this.#connecting = undefined; }));
    const { error, result } = await this.#call('query', [text, vars], withinMs);
    if (error) throw new Refused(error.message);
    const failed = result.filter(({ status }) => status !== 'OK');
    if (failed.length > 0) throw new Refused(culprit(failed).result);
    return result.map((statement) => statement.result);
  }

  close() {
    this.#socket?.terminate();
    this.#socket = undefined;
  }

  async #connected() {
    if (this.#socket?.readyState === WebSocket.OPEN) return;
    this.close();
    try {
      await this.#open();
      for (const [method, params] of [
        ['signin', [{ user: ROOT.username, pass: ROOT.password }]],
        ['use', [this.namespace, this.database]],
      ]) {
        const { error } = await this.#call(method, params, OPEN_WITHIN_MS);
        if (error) throw new Error(`${method}: ${error.message}`);
      }
    } catch (failure) {
      this.close();
      throw new Refused(`no connection to SurrealDB: ${failure.message}`);
    }
  }

  #open() {
    const socket = new WebSocket(`ws://${this.addr}/rpc`, 'cbor', { handshakeTimeout: OPEN_WITHIN_MS });
    this.#socket = socket;
    return new Promise((resolve, reject) => {
      socket.on('open', resolve);
      socket.on('error', reject);
      socket.on('close', () => { reject(new Error('closed')); this.#lost(socket); });
      socket.on('message', (data) => {
        const frame = cbor.decode(new Uint8Array(data));
        this.#waiting.get(frame.id)?.resolve(frame);
      });
    });
  }

  #lost(socket) {
    for (const { on, reject } of this.#waiting.values()) {
      if (on === socket) reject(new OutcomeUnknown('the connection ended'));
    }
  }

  async #call(method, params, withinMs) {
    const id = ++this.#id;
    const socket = this.#socket;
    const late = setTimeout(() => socket.terminate(), withinMs);
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting.set(id, { on: socket, resolve, reject });
        socket.send(cbor.encode({ id, method, params }), (failure) => {
          if (failure) reject(new OutcomeUnknown(failure.message));
        });
      });
    } finally {
      clearTimeout(late);
      this.#waiting.delete(id);
    }
  }
}

/** Of a failed transaction's statements, the one that says why. */
function culprit(failed) {
  return failed.find(({ result }) => !/failed transaction|cancelled transaction/.test(result)) ?? failed[0];
}
