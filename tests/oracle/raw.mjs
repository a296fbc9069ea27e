// CBOR taken apart without decoding values, so that what is compared is what the engine sent.

function head(bytes, at) {
  const info = bytes[at] & 31;
  const width = info < 24 ? 0 : 1 << (info - 24);
  let argument = info;
  if (width) argument = Number(bytes.readUIntBE(at + 1, Math.min(width, 6)));
  if (width === 8) argument = Number(bytes.readBigUInt64BE(at + 1));
  return { major: bytes[at] >> 5, argument, next: at + 1 + width };
}

function skip(bytes, at) {
  const { major, argument, next } = head(bytes, at);
  if (major === 2 || major === 3) return next + argument;
  if (major < 2 || major === 7) return next;
  let end = next;
  for (let items = { 4: argument, 5: argument * 2, 6: 1 }[major]; items > 0; items--) end = skip(bytes, end);
  return end;
}

/** The elements of an array, undecoded; null if the bytes are none. */
export function elements(bytes) {
  const { major, argument, next } = head(bytes, 0);
  if (major !== 4) return null;
  const items = [];
  for (let i = 0, at = next; i < argument; i++) {
    const end = skip(bytes, at);
    items.push(bytes.subarray(at, end));
    at = end;
  }
  return items;
}

/** The members of a map with text keys, undecoded. */
export function members(bytes) {
  const { argument, next } = head(bytes, 0);
  const map = {};
  for (let i = 0, at = next; i < argument; i++) {
    const key = head(bytes, at);
    const value = key.next + key.argument;
    const end = skip(bytes, value);
    map[bytes.toString('utf8', key.next, value)] = bytes.subarray(value, end);
    at = end;
  }
  return map;
}

export const textOf = (bytes) => bytes.toString('utf8', head(bytes, 0).next);
