// SurrealDB's half of the oracle: the real engine, in memory, one database per data set.
import { cbor, joinFrame } from '../surrealdb/cbor_frame.mjs';
import { Engine } from '../surrealdb/engine.mjs';
import { elements, members, textOf } from './raw.mjs';

const hex = (bytes) => bytes.toString('hex');

export class EngineSide {
  #engine;
  #databases = 0;

  static async open() {
    const side = new EngineSide();
    side.#engine = await Engine.open('mem://');
    return side;
  }

  /** An empty database. */
  async fresh() {
    if (this.#databases > 0) await this.#engine.call('query', `REMOVE DATABASE IF EXISTS d${this.#databases}`);
    await this.#engine.call('use', 'oracle', `d${++this.#databases}`);
  }

  /** `{ok: hex}` or `{error: text}`, `{error, parse: true}` if the text is no SurrealQL. */
  async query(text, params = null) {
    const args = params ? [cbor.encode(text), params] : [cbor.encode(text)];
    const frame = { method: cbor.encode('query'), params: Buffer.concat([Buffer.of(0x80 + args.length), ...args]) };
    const { result, error } = await this.#engine.execute(frame);
    if (error) return { error: cbor.decode(error).message.split('\n')[0], parse: true };
    const answer = members(elements(result)[0]);
    const status = textOf(answer.status);
    return status === 'OK' ? { ok: hex(answer.result) } : { error: textOf(answer.result).split('\n')[0] };
  }

  /** The parameters as one undecoded map. */
  async params(texts) {
    if (Object.keys(texts).length === 0) return null;
    const frame = {};
    for (const [name, text] of Object.entries(texts)) {
      const { ok } = await this.query(`RETURN ${text}`);
      frame[name] = Buffer.from(ok ?? 'c6f6', 'hex');
    }
    return joinFrame(frame);
  }

  /** The rows of a table: id (hex) to row (hex), in the engine's order. Null if there is no such table. */
  async rows(table) {
    const { ok } = await this.query(`SELECT * FROM ${table}`);
    if (!ok) return null;
    return new Map(elements(Buffer.from(ok, 'hex')).map((row) => [hex(members(row).id), hex(row)]));
  }

  close() { return this.#engine.close(); }
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
