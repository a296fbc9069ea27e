// The bytes that rows are hashed by, made of SurrealDB's CBOR: it has the types that JSON has not. Both forms are described where the server
// has them: docs/protocol.md, "Integrity".

const text = new TextDecoder();

/** CBOR bytes, read item by item. */
export class CborReader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
  }

  /** The head of the next item: its major type and its number, which of a float (major 7) is the float itself. */
  head() {
    const first = this.bytes[this.at++];
    const major = first >> 5;
    const size = first & 31;
    if (size < 24) return { major, number: size, size };
    const width = 1 << (size - 24);
    if (size > 27) throw new Error(`CBOR of no fixed length at byte ${this.at - 1}`);
    const at = this.at;
    this.at += width;
    if (major === 7) return { major, size, number: this.#float(width, at) };
    if (width === 8) return { major, size, number: this.view.getBigUint64(at) };
    return { major, size, number: width === 4 ? this.view.getUint32(at) : width === 2 ? this.view.getUint16(at) : this.view.getUint8(at) };
  }

  #float(width, at) {
    if (width === 8) return this.view.getFloat64(at);
    if (width === 4) return this.view.getFloat32(at);
    if (width === 1) return this.view.getUint8(at);
    const bits = this.view.getUint16(at);
    const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
  }

  take(length) {
    const from = this.at;
    this.at += Number(length);
    return this.bytes.subarray(from, this.at);
  }

  /** The bytes of the next item, whole. */
  item() {
    const from = this.at;
    this.skip();
    return this.bytes.subarray(from, this.at);
  }

  skip() {
    const { major, number } = this.head();
    if (major === 2 || major === 3) this.at += Number(number);
    else if (major === 6) this.skip();
    else if (major === 4 || major === 5) for (let left = Number(number) * (major - 3); left > 0; left -= 1) this.skip();
  }

  string() {
    const { major, number } = this.head();
    if (major !== 3) throw new Error(`no text at byte ${this.at}`);
    return text.decode(this.take(number));
  }

  /** How many items the array has that begins here. */
  array() {
    const { major, number } = this.head();
    if (major !== 4) throw new Error(`no array at byte ${this.at}`);
    return Number(number);
  }
}

/** Bytes that are put together. */
class Writer {
  #bytes = new Uint8Array(256);
  #length = 0;

  #room(more) {
    if (this.#length + more > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    const at = this.#length;
    this.#length += more;
    return at;
  }

  byte(b) { const at = this.#room(1); this.#bytes[at] = b; }
  raw(bytes) { const at = this.#room(bytes.length); this.#bytes.set(bytes, at); }
  number(width, set) { const at = this.#room(width); set(new DataView(this.#bytes.buffer), at); }
  count(n) { this.number(4, (view, at) => view.setUint32(at, Number(n))); }
  int64(n) { this.number(8, (view, at) => view.setBigInt64(at, BigInt(n))); }
  double(v) { this.number(8, (view, at) => (Number.isNaN(v) ? view.setBigUint64(at, 0x7ff8000000000000n) : view.setFloat64(at, v === 0 ? 0 : v))); }
  counted(bytes) { this.count(bytes.length); this.raw(bytes); }
  get bytes() { return this.#bytes.slice(0, this.#length); }
}

const TAG = { none: 6, table: 7, record: 8, decimal: 10, datetime: 12, duration: 14, uuid: 37, range: 49, included: 50, file: 55, set: 56, point: 88, collection: 94 };
const LINE = 1;
const MULTI_POINT = 3;
const utf8 = new TextEncoder();

/** "1.500" -> "1.5", "2.0" -> "2". */
const withoutZeros = (decimal) => (decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal);

/** The canonical bytes of the value that `reader` is at. */
export function canonical(reader) {
  const out = new Writer();
  write(reader, out);
  return out.bytes;
}

function write(reader, out) {
  const { major, number, size } = reader.head();
  switch (major) {
    case 0: out.byte(0x04); return out.int64(number);
    case 1: out.byte(0x04); return out.int64(-1n - BigInt(number));
    case 2: out.byte(0x0f); return out.counted(reader.take(number));
    case 3: out.byte(0x07); return out.counted(reader.take(number));
    case 4: out.byte(0x0b); return writeItems(reader, number, out);
    case 5: return writeObject(reader, number, out);
    case 6: return writeTagged(reader, Number(number), out);
    default: return writeSimple(number, size, out);
  }
}

function writeSimple(number, size, out) {
  if (size >= 25) { out.byte(0x05); return out.double(number); }
  const code = { 20: 0x02, 21: 0x03, 22: 0x01, 23: 0x00 }[number];
  if (code === undefined) throw new Error(`an unknown simple value ${number}`);
  return out.byte(code);
}

function writeItems(reader, count, out) {
  out.count(count);
  for (let left = Number(count); left > 0; left -= 1) write(reader, out);
}

function writeObject(reader, count, out) {
  const members = [];
  for (let left = Number(count); left > 0; left -= 1) {
    const { number } = reader.head();
    const name = reader.take(number);
    members.push([name, reader.item()]);
  }
  members.sort(([a], [b]) => compareBytes(a, b));
  out.byte(0x0d);
  out.count(members.length);
  for (const [name, item] of members) {
    out.counted(name);
    write(new CborReader(item), out);
  }
}

function compareBytes(a, b) {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i += 1) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

function writeTagged(reader, tag, out) {
  if (tag >= TAG.point && tag <= TAG.collection) { out.byte(0x0e); return writeGeometry(reader, tag - TAG.point, out); }
  switch (tag) {
    case TAG.none: reader.skip(); return out.byte(0x00);
    case TAG.table: out.byte(0x10); return out.counted(reader.take(reader.head().number));
    case TAG.record: reader.array(); out.byte(0x11); out.counted(reader.take(reader.head().number)); return write(reader, out);
    case TAG.decimal: out.byte(0x06); return out.counted(utf8.encode(withoutZeros(reader.string())));
    case TAG.datetime: case TAG.duration: return writeTime(reader, tag, out);
    case TAG.uuid: out.byte(0x0a); return out.raw(reader.take(reader.head().number));
    case TAG.range: reader.array(); out.byte(0x13); writeBound(reader, out); return writeBound(reader, out);
    case TAG.file: reader.array(); out.byte(0x12); out.counted(reader.take(reader.head().number)); return out.counted(reader.take(reader.head().number));
    case TAG.set: out.byte(0x0c); return writeItems(reader, reader.array(), out);
    default: throw new Error(`an unknown tag ${tag}`);
  }
}

function signed(reader) {
  const { major, number } = reader.head();
  return major === 1 ? -1n - BigInt(number) : BigInt(number);
}

function writeTime(reader, tag, out) {
  const parts = reader.array();
  out.byte(tag === TAG.duration ? 0x08 : 0x09);
  out.int64(BigInt.asIntN(64, parts > 0 ? signed(reader) : 0n));
  out.count(parts > 1 ? signed(reader) : 0n);
}

function writeBound(reader, out) {
  const { major, number } = reader.head();
  if (major !== 6) return out.byte(0);
  out.byte(Number(number) === TAG.included ? 1 : 2);
  return write(reader, out);
}

function float(reader) {
  const { number } = reader.head();
  return Number(number);
}

function writePosition(reader, out) {
  reader.array();
  out.double(float(reader));
  out.double(float(reader));
}

function writeGeometry(reader, kind, out) {
  out.byte(kind);
  if (kind === 0) {
    out.count(1);
    writePosition(reader, out);
    return out.count(0);
  }
  const parts = reader.array();
  const flat = kind === LINE || kind === MULTI_POINT;
  out.count(flat ? parts : 0);
  if (!flat) out.count(parts);
  for (let left = parts; left > 0; left -= 1) {
    const { number } = reader.head();
    if (flat) writePosition(reader, out);
    else writeGeometry(reader, Number(number) - TAG.point, out);
  }
  return flat ? out.count(0) : undefined;
}
