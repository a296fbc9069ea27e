// SurrealDB RPC frames, taken apart and put together without decoding what they carry: a frame is
// a plain object from field name to that field's undecoded bytes. So 1 and 1.0, NONE and null and
// every tagged type reach the other side unchanged.
import { CborCodec } from 'surrealdb';

export const cbor = new CborCodec({});

/** CBOR of SurrealDB's NONE. */
export const NONE = cbor.encode(undefined);

const MAJOR = { bytes: 2, text: 3, map: 5, tag: 6, simple: 7 };
const LONGEST_DEFINITE = 27;

/** Reads the head of the item at `at`: its major type, its argument and where its content starts. */
function readHead(bytes, at) {
  if (at >= bytes.length) throw new Error('the CBOR item is cut short');
  const info = bytes[at] & 31;
  if (info > LONGEST_DEFINITE) throw new Error('CBOR items of indefinite length are not supported');
  const width = info < 24 ? 0 : 1 << (info - 24);
  const argument = width
    ? bytes.subarray(at + 1, at + 1 + width).reduce((number, byte) => number * 256 + byte, 0)
    : info;
  return { major: bytes[at] >> 5, argument, next: at + 1 + width };
}

/** The offset just past the item at `at`. */
function skipItem(bytes, at) {
  const { major, argument, next } = readHead(bytes, at);
  if (major === MAJOR.bytes || major === MAJOR.text) return next + argument;
  if (major < MAJOR.bytes || major === MAJOR.simple) return next;
  let items = argument;
  if (major === MAJOR.map) items = argument * 2;
  if (major === MAJOR.tag) items = 1;
  let end = next;
  for (; items > 0; items--) end = skipItem(bytes, end);
  return end;
}

/** Takes a CBOR map with text keys apart. Throws where the bytes are not one whole map. */
export function splitFrame(bytes) {
  const { major, argument, next } = readHead(bytes, 0);
  if (major !== MAJOR.map) throw new Error('a frame must be a CBOR map');
  const frame = {};
  let at = next;
  for (let pair = 0; pair < argument; pair++) {
    const value = skipItem(bytes, at);
    const end = skipItem(bytes, value);
    if (end > bytes.length) throw new Error('the CBOR frame is cut short');
    frame[cbor.decode(bytes.subarray(at, value))] = bytes.subarray(value, end);
    at = end;
  }
  return frame;
}

/** Puts a frame together; fields that are `undefined` are left out. Fits frames of up to 23 fields. */
export function joinFrame(frame) {
  const fields = Object.entries(frame).filter(([, value]) => value !== undefined);
  const parts = fields.flatMap(([name, value]) => [cbor.encode(name), value]);
  return Buffer.concat([Buffer.of(0xa0 + fields.length), ...parts]);
}

/** An answer that reports an error the way SurrealDB does, as fields of a frame. */
export function failure(code, message, kind, details) {
  return { error: cbor.encode({ code, message, kind, details }) };
}

export const PARSE_ERROR = failure(-32700, 'Parse error', 'Validation', { kind: 'Parse' });
