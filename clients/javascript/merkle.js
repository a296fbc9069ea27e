// Whether a copy of a view is the view: its Merkle tree, compared with the SSP's node by node.
import { canonical, CborReader } from './canonical.js';

const BUCKET_LEAVES = 16;
const MOST_NODES = 256;
const DIGITS = '0123456789abcdef';
const NO_LEAF = '0'.repeat(64);

const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
const fromHex = (hex) => Uint8Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));

async function hash(...parts) {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) { all.set(part, at); at += part.length; }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', all));
}

function bigEndian(version) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(version));
  return bytes;
}

/** A row in the tree: `id` and `row` as CBOR bytes. */
export async function leafOf(id, version, row) {
  const place = await hash(canonical(new CborReader(id)));
  const content = await hash(canonical(new CborReader(row)));
  return { id, version, place: toHex(place), hash: await hash(Uint8Array.of(0), place, bigEndian(version), content) };
}

/** The leaves of a message with `items` (a snapshot of a stream with `format=cbor&rows=true`) or `rows` (an answer of /merkle), as CBOR bytes. */
export async function leavesIn(bytes, member = 'items') {
  const reader = new CborReader(bytes);
  const leaves = [];
  for (let left = Number(reader.head().number); left > 0; left -= 1) {
    if (reader.string() !== member) { reader.skip(); continue; }
    for (let items = reader.array(); items > 0; items -= 1) {
      reader.array();
      const id = reader.item();
      const version = Number(reader.head().number);
      leaves.push(await leafOf(id, version, reader.item()));
    }
  }
  return leaves;
}

export class MerkleTree {
  #leaves;
  #nodes = new Map();

  /** The tree of a set of leaves, of which no two have one place. */
  constructor(leaves) {
    this.#leaves = [...leaves].sort((a, b) => (a.place < b.place ? -1 : 1));
  }

  /** The hash of the node at a path, in hexadecimal digits. */
  async node(path) {
    if (!this.#nodes.has(path)) this.#nodes.set(path, await this.#make(path));
    return this.#nodes.get(path);
  }

  get root() { return this.node(''); }

  /** The leaves below a path, in order of place. */
  under(path) {
    return this.#leaves.slice(this.#first(path), this.#first(`${path}g`));
  }

  #first(path) {
    let [low, high] = [0, this.#leaves.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#leaves[middle].place < path) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  async #make(path) {
    const leaves = this.under(path);
    if (leaves.length === 0) return NO_LEAF;
    if (leaves.length <= BUCKET_LEAVES) return toHex(await hash(Uint8Array.of(1), ...leaves.map((leaf) => leaf.hash)));
    const below = [];
    for (const digit of DIGITS) below.push(fromHex(await this.node(path + digit)));
    return toHex(await hash(Uint8Array.of(2), ...below));
  }
}

/**
 * What differs between these leaves and a view's. `ask(paths)` gives the view's nodes, see askAt(). The answer: `extra`, leaves that the view has
 * not; `lacking`, the ids of records that it has and that are not here so, in that version and with that content; `nodes`, how many were asked for.
 */
export async function differences(leaves, ask) {
  const mine = new MerkleTree(leaves);
  const found = { lacking: [], extra: [], nodes: 0 };
  for (let paths = ['']; paths.length > 0;) {
    const below = [];
    for (let from = 0; from < paths.length; from += MOST_NODES) {
      const asked = paths.slice(from, from + MOST_NODES);
      found.nodes += asked.length;
      for (const node of await ask(asked)) below.push(...await differing(mine, node, found));
    }
    paths = below;
  }
  return found;
}

/** The paths to go on with; at a bucket, what differs is noted. */
async function differing(mine, node, found) {
  if (await mine.node(node.path) === node.hash) return [];
  if (node.leaves) { compareLeaves(mine.under(node.path), node.leaves, found); return []; }
  const below = [];
  for (const [digit, theirs] of node.children.entries()) {
    const path = node.path + DIGITS[digit];
    if (await mine.node(path) === theirs) continue;
    if (theirs === NO_LEAF) found.extra.push(...mine.under(path));
    else below.push(path);
  }
  return below;
}

function compareLeaves(mine, theirs, found) {
  const known = new Map(mine.map((leaf) => [toHex(leaf.hash), leaf]));
  const same = new Set();
  // A related row's leaf has a list for its id: it is in no copy of the main rows.
  for (const [id, , leafHash] of theirs) if (known.has(leafHash)) same.add(leafHash); else if (!Array.isArray(id)) found.lacking.push(id);
  for (const [leafHash, leaf] of known) if (!same.has(leafHash)) found.extra.push(leaf);
}

/** What a view is asked with. `url` is the view's stream_url; gives `nodes(paths)`, and `rows(ids)` as leaves. */
export function askAt(url, token, fetch = globalThis.fetch) {
  const address = new URL(url);
  address.protocol = address.protocol.replace('ws', 'http');
  address.pathname = address.pathname.replace(/\/live$/, '/merkle');
  const post = async (body, accept) => {
    const headers = { 'content-type': 'application/json', accept, ...(token ? { authorization: `Bearer ${token}` } : {}) };
    const answer = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${address}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  return {
    nodes: async (paths) => (await (await post({ nodes: paths }, 'application/json')).json()).nodes,
    rows: async (ids) => leavesIn(new Uint8Array(await (await post({ rows: ids }, 'application/cbor')).arrayBuffer()), 'rows'),
  };
}
