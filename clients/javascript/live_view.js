// A query that is followed until it is closed: over cuts, moves and the ends of SSPs.
import { ViewState } from './view_state.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
/** A token is renewed when this share of its life has passed. */
const RENEW_AFTER = 0.6;
/** However long a token is good: who does not register a query again lets its view end, after its ttl. */
const LONGEST_UNREGISTERED_MS = 240_000;

/** Where an SSP serves many views: "https://host/view/x/live" or "https://host" -> "wss://host/live". */
const liveUrl = (address) => {
  const url = new URL(address);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.pathname = url.pathname.replace(/\/(view\/[^/]+\/live)?$/, '/live');
  return url.toString();
};

export class LiveView {
  #register;
  #connect;
  #state = new ViewState();
  #registered;
  #url;
  #connection;
  #closed = false;
  #failures = 0;
  #timer;
  #listeners = new Set();
  #changes = 0;

  constructor({ register, connect }) {
    this.#register = register;
    this.#connect = connect;
    this.#begin();
  }

  /** The query's present result; undefined before the first. */
  get result() { return this.#state.at === undefined ? undefined : this.#state.result; }
  get seq() { return this.#state.seq; }
  /** Why the result is not the newest: the query fails, or the view cannot be reached. */
  get error() { return this.trouble ?? this.#state.error; }
  /** `[id, version]` of each record in the result. */
  get versions() { return this.#state.versions; }

  /** Calls `listener(view)` after each change, and at once if there is something to see. Gives a function that ends it. */
  subscribe(listener) {
    this.#listeners.add(listener);
    if (this.#state.at !== undefined) listener(this);
    return () => this.#listeners.delete(listener);
  }

  /** The result after each change. Who is slower than the changes sees the newest, not each. */
  async *[Symbol.asyncIterator]() {
    let seen = 0;
    let wake;
    const unsubscribe = this.subscribe(() => wake?.());
    try {
      while (!this.#closed) {
        if (this.#changes === seen) await new Promise((resolve) => { wake = resolve; });
        if (this.#closed) return;
        if (this.#changes === seen) continue;
        seen = this.#changes;
        yield this.result;
      }
    } finally {
      unsubscribe();
    }
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#connection?.unsubscribe(this.#registered.view, this);
    this.#tell();
  }

  // -- the connection's listener ------------------------------------------------------------------

  heard(message) {
    if (message.type === 'end') return this.#ended(message);
    if (message.type === 'error') return undefined; // a renewal came too late: the end follows
    this.#failures = 0;
    this.trouble = undefined;
    if (!this.#state.apply(message)) return undefined;
    this.#changes += 1;
    return this.#tell();
  }

  lost(reason) {
    this.#connection = undefined;
    this.trouble = reason;
    this.#again();
  }

  // -----------------------------------------------------------------------------------------------

  #tell() {
    for (const listener of [...this.#listeners]) listener(this);
  }

  /** Registers, which says where the view is now, and follows it from where it was left. */
  async #begin() {
    try {
      const registered = await this.#register();
      if (this.#closed) return;
      this.#registered = registered;
      this.#follow(liveUrl(registered.stream_url));
      this.#renewInTime();
    } catch (failure) {
      this.trouble = failure.message;
      this.#tell();
      this.#again();
    }
  }

  #follow(url) {
    const { view, stream_token: token } = this.#registered;
    this.#url = url;
    this.#connection = this.#connect(url, view);
    this.#connection.subscribe(view, { token, since: this.#state.at }, this);
  }

  /** Goes on at once where the view has moved to, with the token it has; else registers again. */
  #ended({ reason, message, ssp_url: to }) {
    if (reason !== 'moved' || to === undefined) return this.lost(message);
    return this.#follow(liveUrl(to));
  }

  /** Tries again after a pause, each longer than the one before, and no two clients' alike. */
  #again() {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    const longest = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.#begin(), longest * (0.5 + Math.random() / 2));
  }

  /** Registering again keeps the view alive, and gives a token for as long again. */
  #renewInTime() {
    const ends = Number(this.#registered.stream_token?.split('.')[0] ?? NaN) * 1000;
    const lasts = Number.isNaN(ends) ? Infinity : Math.max(ends - Date.now(), 1000);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#renew(), Math.min(lasts * RENEW_AFTER, LONGEST_UNREGISTERED_MS));
    this.#timer.unref?.();
  }

  async #renew() {
    const { view } = this.#registered;
    try {
      const registered = await this.#register();
      if (this.#closed || this.#connection === undefined) return;
      // The connection is another SSP's: it will say that the view has moved.
      if (liveUrl(registered.stream_url) === this.#url) this.#connection.renew(view, registered.stream_token);
      this.#registered = { ...registered, view };
      this.#renewInTime();
    } catch {
      this.#renewInTime();
    }
  }
}
