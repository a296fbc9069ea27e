// SurrealDB's half of the oracle: one connection to an engine, one database per data set.
import { cbor, joinFrame } from '../surrealdb/cbor_frame.mjs';
import { NO_ANSWER } from './engines/server.mjs';
import { elements, members, textOf } from './raw.mjs';

const hex = (bytes) => bytes.toString('hex');
let namespaces = 0;

export class EngineSide {
  #engine;
  #connection;
  #namespace = `oracle_${process.pid}_${++namespaces}`;
  #databases = 0;
  /** What `time::now()` stands for, for no server's clock can be set; null: its own clock. */
  #now = null;

  /** `engine` is one of engines/engines.mjs; each side has a connection and a namespace of its own. */
  static async open(engine) {
    const side = new EngineSide();
    side.#engine = engine;
    side.#connection = await engine.connect();
    return side;
  }

  /** An empty database. A server's session must define what it uses. */
  async fresh() {
    const before = this.#databases > 0 ? `REMOVE DATABASE IF EXISTS d${this.#databases}` : `DEFINE NAMESPACE IF NOT EXISTS ${this.#namespace}`;
    const database = `d${++this.#databases}`;
    await this.#call('query', cbor.encode(`${before}; USE NS ${this.#namespace}; DEFINE DATABASE ${database}`));
    await this.#call('use', cbor.encode(this.#namespace), cbor.encode(database));
  }

  /** Milliseconds since 1970 that the server's `time::now()` is to answer; null: as it does. */
  tell(now) { this.#now = now === null ? null : `d'${new Date(now).toISOString()}'`; }

  /** `{ok: hex}` or `{error: text}`, `{error, parse: true}` if the text is no SurrealQL. */
  async query(text, params = null) {
    const [answer] = await this.#entries(text, params);
    return answer;
  }

  /** The answers to several statements in one request; one by one where their text together is no SurrealQL. */
  async queries(texts) {
    if (texts.length === 0) return [];
    const answers = await this.#entries(texts.join(';\n'), null);
    if (!answers[0].parse) return answers;
    const singly = [];
    for (const text of texts) singly.push(await this.query(text));
    return singly;
  }

  /** The parameters as one undecoded map. */
  async params(texts) {
    const names = Object.keys(texts);
    if (names.length === 0) return null;
    const answers = await this.queries(Object.values(texts).map((text) => `RETURN ${text}`));
    return joinFrame(Object.fromEntries(names.map((name, i) => [name, Buffer.from(answers[i].ok ?? 'c6f6', 'hex')])));
  }

  /**
   * The rows of each table: id (hex) to row (hex), in the engine's order. Null where there is no such table.
   * `computed`: names by table of what our side has to compute by itself.
   */
  async rows(tables, computed = {}) {
    const answers = await this.queries(tables.map((table) => `SELECT *${computed[table] ? ` OMIT ${computed[table].join(', ')}` : ''} FROM ${table}`));
    return answers.map(({ ok }) => ok && new Map(elements(Buffer.from(ok, 'hex')).map((row) => [hex(members(row).id), hex(row)])));
  }

  /** What the database and these tables define, in hex. */
  async definitions(tables) {
    const [database, ...structures] = await this.queries(['INFO FOR DB STRUCTURE', ...tables.map((table) => `INFO FOR TABLE ${table} STRUCTURE`)]);
    return { database: database.ok, tables: Object.fromEntries(tables.map((table, i) => [table, structures[i].ok]).filter(([, said]) => said)) };
  }

  get version() { return this.#engine.version; }

  /** Whether the engine lets in who has not signed in. */
  get guests() { return this.#engine.guests; }

  /**
   * This database for another user: `{query, close}`; null if he cannot sign in, or nobody can here. `who` is "system", "guest" or the
   * record that he signs in as.
   */
  async as(who) {
    if (who === 'system') return { query: (text, params) => this.query(text, params), close: async () => {} };
    if (!this.#connection.another) return null;
    const connection = await this.#connection.another();
    const database = [this.#namespace, `d${this.#databases}`];
    const call = (method, ...params) => connection.execute({ method: cbor.encode(method), params: cbor.encode(params) });
    const { error } = who === 'guest' ? await call('use', ...database)
      : await call('signin', { NS: database[0], DB: database[1], AC: 'app', who });
    if (error) {
      await connection.close();
      return null;
    }
    const query = async (text, params = null) => {
      const frame = { method: cbor.encode('query'), params: Buffer.concat([Buffer.of(params ? 0x82 : 0x81), cbor.encode(text), ...(params ? [params] : [])]) };
      return answersOf(await connection.execute(frame))[0];
    };
    return { query, close: async () => connection.close() };
  }

  close() { return this.#connection.close(); }

  async #call(method, ...params) {
    const frame = { method: cbor.encode(method), params: Buffer.concat([Buffer.of(0x80 + params.length), ...params]) };
    const answer = await this.#connection.execute(frame);
    if (answer.error && cbor.decode(answer.error).message === NO_ANSWER) await this.#reconnect();
    return answer;
  }

  /** A server that fails inside a query leaves its connection without answers for good. */
  async #reconnect() {
    this.#connection.close();
    this.#connection = await this.#engine.connect();
    await this.#connection.execute({ method: cbor.encode('use'), params: cbor.encode([this.#namespace, `d${this.#databases}`]) });
  }

  async #entries(text, params) {
    const timed = this.#now === null ? text : text.replaceAll('time::now()', this.#now);
    return answersOf(await this.#call('query', cbor.encode(timed), ...(params ? [params] : [])));
  }
}

function answersOf({ result, error }) {
  if (error) return [{ error: cbor.decode(error).message.split('\n')[0], parse: true }];
  return elements(result).map((entry) => {
    const answer = members(entry);
    return textOf(answer.status) === 'OK' ? { ok: hex(answer.result) } : { error: textOf(answer.result).split('\n')[0] };
  });
}

/** Rows as one CBOR array in hex. */
export function arrayOf(rows) {
  const count = Buffer.alloc(5);
  count[0] = 0x9a;
  count.writeUInt32BE(rows.length, 1);
  return hex(count) + rows.join('');
}

/** What turns the rows `before` into `after`, as the driver's changes. */
export function changesBetween(before, after) {
  const changes = [];
  for (const [id, record] of after)
    if (before.get(id) !== record) changes.push({ op: before.has(id) ? 'update' : 'create', id, record });
  for (const id of before.keys()) if (!after.has(id)) changes.push({ op: 'delete', id });
  return changes;
}
