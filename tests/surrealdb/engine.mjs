// The real SurrealDB engine, embedded: one datastore in this process, spoken to in CBOR.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cbor, joinFrame, splitFrame } from './cbor_frame.mjs';

/** Loads the native engine. Its package exports the SDK adapter only, which would decode every value. */
function loadNativeEngine() {
  const require = createRequire(import.meta.url);
  const folder = require.resolve.paths('@surrealdb/node')
    .map((modules) => `${modules}/@surrealdb/node/dist`)
    .find(existsSync);
  if (!folder) throw new Error('@surrealdb/node is not installed: ./run setup');
  const { platform, arch } = process;
  const target = platform === 'linux' ? `linux-${arch}-gnu` : `${platform}-${arch}`;
  return require(`${folder}/surrealdb-node.${target}.node`).SurrealNodeEngine;
}

/** The fields of a map of exactly the shape {error: {code, ...}}, else undefined. */
function errorOf(bytes) {
  const ONE_FIELD_ERROR = Buffer.from('a1656572726f72', 'hex');
  if (!bytes.subarray(0, ONE_FIELD_ERROR.length).equals(ONE_FIELD_ERROR)) return undefined;
  const fields = splitFrame(bytes);
  const { code, message } = cbor.decode(fields.error) ?? {};
  return code !== undefined && message !== undefined ? fields : undefined;
}

export class Engine {
  #native;

  /** Opens the datastore at `path`: mem://, rocksdb://folder or surrealkv://folder. */
  static async open(path) {
    const engine = new Engine();
    engine.#native = await loadNativeEngine().connect(path, { capabilities: true });
    return engine;
  }

  /** Runs one RPC call given as a frame; gives `{ result }` or `{ error }`, undecoded. */
  async execute(frame) {
    const bytes = Buffer.from(await this.#native.execute(joinFrame(frame)));
    return errorOf(bytes) ?? { result: bytes };
  }

  /** Runs one RPC call given as values; gives the decoded result or throws SurrealDB's error. */
  async call(method, ...params) {
    const { error, result } = await this.execute({ method: cbor.encode(method), params: cbor.encode(params) });
    if (error) throw new Error(cbor.decode(error).message);
    return cbor.decode(result);
  }

  /** Every live notification, undecoded, until the engine is closed. */
  async *notifications() {
    const receiver = await this.#native.notifications();
    for (let bytes; (bytes = await receiver.recv()) !== null; ) yield Buffer.from(bytes);
  }

  close() {
    return this.#native.free();
  }
}
