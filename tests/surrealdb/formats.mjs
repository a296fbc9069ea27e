// What travels in a WebSocket message or an HTTP body: CBOR as it is, or JSON translated to and
// from it. `read` gives CBOR bytes, `write` takes them.
import { StringRecordId } from 'surrealdb';
import { cbor } from './cbor_frame.mjs';

const RECORD_ID = /^\w+:(\w+|⟨.*⟩|`.*`)$/;

/** Like the server, takes a JSON string that looks like a record id for one, except in query text. */
function fromJson({ method, params = [], ...rest }) {
  const literals = method === 'query' ? 1 : 0;
  const values = JSON.parse(JSON.stringify(params.slice(literals)), (_, value) =>
    typeof value === 'string' && RECORD_ID.test(value) ? new StringRecordId(value) : value);
  return cbor.encode({ ...rest, method, params: [...params.slice(0, literals), ...values] });
}

/** JSON text of a decoded value: NONE is null, integers keep all their digits, types become text. */
function toJson(value) {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value) || value instanceof Set || value instanceof Uint8Array) {
    return `[${[...value].map(toJson)}]`;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return JSON.stringify(value.toJSON());
  const fields = Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}:${toJson(field)}`);
  return `{${fields}}`;
}

/** The formats by the name of their WebSocket sub-protocol. */
export const formats = {
  cbor: { type: 'application/cbor', read: (bytes) => bytes, write: (bytes) => bytes },
  json: {
    type: 'application/json',
    read: (text) => fromJson(JSON.parse(text)),
    write: (bytes) => toJson(cbor.decode(bytes)),
  },
};
