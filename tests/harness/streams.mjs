// Streams as clients see them: the plain client of clients/javascript, and raw connections for what it hides.
import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { Spooky, registerWith } from '../../clients/javascript/index.js';
import { eventually } from './eventually.mjs';

const FOLLOW_WITHIN_MS = 15_000;

/** "feed.deltas.seq" of a message, taken apart. */
const placeOf = (at) => {
  const [, feed, deltas] = /^(.*)\.(\d+)\.\d+$/.exec(at);
  return { feed, deltas: Number(deltas) };
};

/**
 * A client of Spooky that registers through `db`. Counts the sockets it opens, and can cut them; `repeated` has what one
 * was told that its client had already.
 */
export function client(db, options = {}) {
  const sockets = new Set();
  const repeated = [];
  class Watched extends WebSocket {
    #places = new Map();

    constructor(url) {
      super(url);
      sockets.add(this);
      this.on('close', () => sockets.delete(this));
      this.on('message', (data) => this.#told(JSON.parse(data)));
    }

    send(text) {
      const { type, view, since } = JSON.parse(text);
      if (type === 'subscribe') this.#places.set(view, since);
      super.send(text);
    }

    #told({ type, view, at }) {
      if (at === undefined) return;
      const had = this.#places.get(view);
      const [before, now] = [had && placeOf(had), placeOf(at)];
      if (type === 'delta' && !(before?.feed === now.feed && before.deltas < now.deltas)) repeated.push([view, had, at]);
      this.#places.set(view, at);
    }
  }
  const spooky = new Spooky({ register: registerWith(db), WebSocket: Watched, ...options });
  return Object.assign(spooky, { sockets, repeated, cut: () => sockets.forEach((socket) => socket.terminate()) });
}

const plain = (rows) => JSON.parse(JSON.stringify(rows, (_, v) => (v === undefined ? null : v)));
const byId = (rows) => (Array.isArray(rows) && rows.every((row) => row?.id) ? [...rows].sort((a, b) => (a.id < b.id ? -1 : 1)) : rows);

/** Waits until a live view shows what SurrealDB itself answers to its query. */
export function shows(db, view, surql, params = {}, withinMs = FOLLOW_WITHIN_MS) {
  const ordered = /ORDER BY/.test(surql);
  return eventually(async () => {
    const [rows] = await db.query(surql, params).collect();
    const [seen, expected] = [view.result, plain(rows)];
    assert.deepEqual(ordered ? seen : byId(seen), ordered ? expected : byId(expected), `${surql} (${view.error})`);
    return seen;
  }, withinMs);
}

/** A bare stream: every message that came, and how it ended. */
export class RawStream {
  messages = [];
  closed;

  constructor(url) {
    this.socket = new WebSocket(url.replace(/^http/, 'ws'));
    // A test that fails leaves it open: that must not keep the run from ending.
    this.socket.on('open', () => this.socket._socket.unref());
    this.socket.on('message', (data) => this.messages.push(JSON.parse(data)));
    this.ended = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve(this.closed = { code, reason: String(reason) }));
      this.socket.on('unexpected-response', (_, { statusCode }) => { resolve(this.closed = { status: statusCode }); });
      this.socket.on('error', () => {});
    });
  }

  /** The `n`th message, once it has come; fails as soon as none can come any more. */
  message(n) {
    const come = async () => { assert.ok(this.messages.length > n, JSON.stringify([this.messages, this.closed])); return this.messages[n]; };
    return Promise.race([eventually(come), this.ended.then(come)]);
  }

  get last() { return this.messages.at(-1); }
  get types() { return this.messages.map(({ type }) => type); }
  say(message) { this.socket.send(JSON.stringify(message)); }
  cut() { this.socket.terminate(); }
}
