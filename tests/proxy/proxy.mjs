// A TCP link between two processes that fails on request. It starts healthy; one fault replaces another.
import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';

/** What waits in one direction before the sender is held back, as a full socket buffer would. */
const MOST_QUEUED_BYTES = 256 << 10;
/** A throttled link sends in steps, so that one large message does not pass as a whole. */
const THROTTLE_STEP_MS = 10;

const HEALTHY = { refuse: false, stalled: false, delayMs: 0, jitterMs: 0, bytesPerSecond: Infinity };

/** One direction of one connection: bytes queue here until the link lets them through, in order. */
class Pipe {
  #queue = [];
  #queued = 0;
  #ended = false;
  #timer;
  #readyAt = 0;

  constructor(link, from, to) {
    Object.assign(this, { link, from, to });
    from.on('data', (bytes) => this.#push(bytes));
    from.on('end', () => { this.#ended = true; this.flush(); });
    to.on('drain', () => this.flush());
  }

  #push(bytes) {
    const { delayMs, jitterMs } = this.link.condition;
    // Never before what was sent earlier: TCP keeps its order, however the delay varies.
    this.#readyAt = Math.max(this.#readyAt, performance.now() + delayMs + Math.random() * jitterMs);
    this.#queue.push({ at: this.#readyAt, bytes });
    this.#queued += bytes.length;
    if (this.#queued > MOST_QUEUED_BYTES) this.from.pause();
    this.flush();
  }

  /** Lets through what may go now and comes back for the rest. */
  flush() {
    clearTimeout(this.#timer);
    const { stalled, bytesPerSecond } = this.link.condition;
    if (stalled || this.to.destroyed) return;
    let budget = bytesPerSecond === Infinity ? Infinity : Math.max(1, bytesPerSecond * THROTTLE_STEP_MS / 1000);
    while (this.#queue.length > 0 && !this.to.writableNeedDrain && budget > 0) {
      const [head] = this.#queue;
      const wait = head.at - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.flush(), Math.ceil(wait));
        return;
      }
      const part = head.bytes.subarray(0, Math.min(head.bytes.length, Math.floor(budget) || 1));
      budget -= part.length;
      this.#forward(part);
    }
    if (this.#queue.length > 0 && budget <= 0) this.#timer = setTimeout(() => this.flush(), THROTTLE_STEP_MS);
    if (this.#queued <= MOST_QUEUED_BYTES) this.from.resume();
    if (this.#ended && this.#queue.length === 0) this.to.end();
  }

  #forward(part) {
    const [head] = this.#queue;
    this.#queued -= part.length;
    if (part.length === head.bytes.length) this.#queue.shift();
    else head.bytes = head.bytes.subarray(part.length);
    this.link.forwarded += part.length;
    this.to.write(part);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#queue = [];
  }
}

export class Proxy {
  condition = HEALTHY;
  forwarded = 0;
  #server;
  #connections = new Set();

  /** `name` is for messages; `target` is host:port and may be set later. */
  constructor(name, target) {
    Object.assign(this, { name, target });
  }

  async start() {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket)).listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.addr = `127.0.0.1:${this.#server.address().port}`;
    return this;
  }

  get connections() {
    return this.#connections.size;
  }

  /** Resets every connection and each that is tried, as a peer's host without the program does. */
  cut() {
    this.#become({ ...HEALTHY, refuse: true });
    for (const { near, far } of this.#connections) {
      near.resetAndDestroy();
      far?.resetAndDestroy();
    }
  }

  /** Keeps every connection and lets nothing through; what was sent arrives after heal(). */
  stall() {
    this.#become({ ...HEALTHY, stalled: true });
  }

  /**
   * The server's host forgets its connections and the client is not told: it may send, gets no answer,
   * and after heal() its next bytes are answered with a reset. New connections stall.
   */
  halfOpen() {
    this.#become({ ...HEALTHY, stalled: true });
    for (const connection of this.#connections) this.#orphan(connection);
  }

  /** Everything arrives, each direction `delayMs` (and up to `jitterMs` more) late, or slowly. */
  slow({ delayMs = 0, jitterMs = 0, bytesPerSecond = Infinity }) {
    this.#become({ ...HEALTHY, delayMs, jitterMs, bytesPerSecond });
  }

  heal() {
    this.#become(HEALTHY);
  }

  async stop() {
    for (const { near, far } of this.#connections) {
      near.destroy();
      far?.destroy();
    }
    if (!this.#server?.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  #become(condition) {
    this.condition = condition;
    for (const { pipes } of this.#connections) pipes.forEach((pipe) => pipe.flush());
  }

  #accept(near) {
    near.on('error', () => {}); // its 'close' follows
    if (this.condition.refuse || !this.target) return void near.resetAndDestroy();
    const [host, port] = this.target.split(':');
    const far = createConnection({ host, port: Number(port), allowHalfOpen: true });
    far.on('error', () => {});
    near.setNoDelay();
    far.setNoDelay();
    const connection = { near, far, pipes: [new Pipe(this, near, far), new Pipe(this, far, near)] };
    this.#connections.add(connection);
    near.on('close', () => this.#ended(connection, far));
    far.on('close', () => { if (!connection.orphaned) this.#ended(connection, near); });
  }

  #ended(connection, other) {
    connection.pipes.forEach((pipe) => pipe.stop());
    other.destroy();
    this.#connections.delete(connection);
  }

  #orphan(connection) {
    if (connection.orphaned) return;
    connection.orphaned = true;
    connection.pipes.forEach((pipe) => pipe.stop());
    connection.pipes = [];
    connection.far.resetAndDestroy();
    connection.near.removeAllListeners('data');
    connection.near.on('data', () => { if (!this.condition.stalled) connection.near.resetAndDestroy(); });
    connection.near.resume();
  }
}
