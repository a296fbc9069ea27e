// Who may do what: each connection has engine sessions of its own, and the gateway refuses those
// that have not signed in (the embedded engine itself would trust them).
import { randomBytes } from 'node:crypto';
import { cbor, failure, joinFrame, NONE, PARSE_ERROR, splitFrame } from './cbor_frame.mjs';

/** Methods open to a session that has not signed in. */
const PUBLIC = new Set([
  'ping', 'version', 'use', 'signin', 'signup', 'authenticate', 'attach', 'detach', 'reset', 'invalidate',
]);
const SIGN_IN = new Set(['signin', 'signup', 'authenticate']);
const SIGN_OUT = new Set(['reset', 'invalidate']);

const ANONYMOUS_REFUSED = failure(
  -32002, 'Anonymous access not allowed: Not enough permissions to perform this action', 'NotAllowed',
  { kind: 'Auth', details: { kind: 'NotAllowed', details: { actor: 'anonymous', action: 'process', resource: 'query' } } });

/** Every open session of one datastore, by the bytes of its engine id. */
export class SessionRegistry {
  #open = new Map();

  /** `trustAnonymous` lets sessions that have not signed in do everything. */
  constructor(engine, { trustAnonymous }) {
    Object.assign(this, { engine, trustAnonymous });
  }

  /** `alias` is the client's own id of the session; absent for a connection's first one. */
  async open(alias, notify) {
    const session = new Session(this, alias, notify);
    this.#open.set(session.key, session);
    await session.call('attach');
    return session;
  }

  /** Ends the engine session, which also kills its live queries. */
  async close(session) {
    if (this.#open.delete(session.key)) await session.call('detach');
  }

  async closeAll() {
    await Promise.allSettled([...this.#open.values()].map((session) => this.close(session)));
  }

  /** Hands each live notification to the session that asked for it, until the engine is closed. */
  async routeNotifications() {
    for await (const bytes of this.engine.notifications()) {
      const owner = this.#open.get(splitFrame(bytes).session?.toString('hex'));
      owner?.notify?.(joinFrame({ session: owner.alias, result: bytes }));
    }
  }
}

/** One engine session: its own namespace, database, user, variables and live queries. */
class Session {
  #id = Buffer.concat([Buffer.from('d82550', 'hex'), randomBytes(16)]); // a uuid: tag 37 on 16 bytes
  #registry;
  #trusted;

  constructor(registry, alias, notify) {
    this.#registry = registry;
    this.#trusted = registry.trustAnonymous;
    Object.assign(this, { alias, notify });
  }

  get key() {
    return this.#id.toString('hex');
  }

  call(method, params = []) {
    return this.forward({ method: cbor.encode(method), params: cbor.encode(params) });
  }

  /** Runs one call as this session; gives `{ result }` or `{ error }`, undecoded. */
  async forward({ method, params, txn }) {
    const name = cbor.decode(method);
    if (!this.#trusted && !PUBLIC.has(name)) return ANONYMOUS_REFUSED;
    const answer = await this.#registry.engine.execute({ method, params, txn, session: this.#id });
    if (SIGN_IN.has(name)) this.#trusted ||= 'result' in answer;
    if (SIGN_OUT.has(name)) this.#trusted = this.#registry.trustAnonymous;
    return answer;
  }
}

/** One connection: its first session, and those the client attaches under ids of its own. */
export class Connection {
  #registry;
  #notify;
  #sessions = new Map();

  constructor(registry, notify) {
    this.#registry = registry;
    this.#notify = notify;
  }

  /** Opens the session `alias`, or the first one. */
  async attach(alias) {
    this.#sessions.set(alias?.toString('hex'), await this.#registry.open(alias, this.#notify));
  }

  /** Answers one request frame with one response frame. Throws where `bytes` are not a frame. */
  async request(bytes) {
    const { id, session, ...call } = splitFrame(bytes);
    const alias = session && cbor.decode(session) ? session : undefined; // NONE and null: the first session
    const answer = await this.#answer(alias, call).catch(() => PARSE_ERROR);
    return joinFrame({ id, session: alias, ...answer });
  }

  async #answer(alias, call) {
    const key = alias?.toString('hex');
    const session = this.#sessions.get(key);
    const method = cbor.decode(call.method);
    if (method === 'attach') {
      if (session) return failure(-32000, 'Session already exists', 'AlreadyExists');
      await this.attach(alias);
      return { result: NONE };
    }
    if (!session) return failure(-32000, 'Session not found', 'NotFound', { kind: 'Session' });
    if (method === 'sessions') return { result: cbor.encode(this.#aliases()) };
    if (method === 'detach' && alias) {
      this.#sessions.delete(key);
      await this.#registry.close(session);
      return { result: NONE };
    }
    return session.forward(call);
  }

  #aliases() {
    return [...this.#sessions.values()].flatMap(({ alias }) => (alias ? [cbor.decode(alias)] : []));
  }

  async close() {
    await Promise.all([...this.#sessions.values()].map((session) => this.#registry.close(session)));
  }
}
