// The real SurrealDB engine, embedded, answering in undecoded CBOR. Its packages are those of
// tests/; SPOOKY_ENGINE_DIR names another folder that has them installed.
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = process.env.SPOOKY_ENGINE_DIR
  ? pathToFileURL(`${resolve(process.env.SPOOKY_ENGINE_DIR)}/`)
  : new URL('../../', import.meta.url);
const modules = new URL('node_modules/', folder);
const platform = process.platform === 'linux' ? `linux-${process.arch}-gnu` : `${process.platform}-${process.arch}`;
const { SurrealNodeEngine } = createRequire(folder)(
  new URL(`@surrealdb/node/dist/surrealdb-node.${platform}.node`, modules).pathname);
const { CborCodec } = await import(new URL('surrealdb/dist/surrealdb.mjs', modules));
export const cbor = new CborCodec({});

export async function openEngine() {
  const engine = await SurrealNodeEngine.connect('mem://', { capabilities: true });
  const call = async (method, params) => Buffer.from(await engine.execute(cbor.encode({ id: 1, method, params })));
  await call('use', ['test', 'test']);
  return {
    call,
    /** The answer to one statement: `{value}` as undecoded CBOR, or `{error}` with the engine's message. */
    async ask(statement, vars) {
      const answer = await call('query', vars ? [statement, vars] : [statement]);
      const [entry] = split(answer);
      if (!entry) return { error: failure(answer) };
      if (cbor.decode(entry.status) === 'OK') return { value: entry.result };
      return { error: cbor.decode(entry.result) };
    },
  };
}

function failure(answer) {
  const { error } = cbor.decode(answer);
  return (error?.message ?? String(error)).split('\n')[0];
}

function head(bytes, at) {
  const info = bytes[at] & 31;
  const width = info < 24 ? 0 : 1 << (info - 24);
  const argument = width ? bytes.subarray(at + 1, at + 1 + width).reduce((n, byte) => n * 256 + byte, 0) : info;
  return { major: bytes[at] >> 5, argument, next: at + 1 + width };
}

function skip(bytes, at) {
  const { major, argument, next } = head(bytes, at);
  if (major === 2 || major === 3) return next + argument;
  if (major < 2 || major === 7) return next;
  let end = next;
  for (let items = major === 6 ? 1 : argument * (major - 3); items > 0; items--) end = skip(bytes, end);
  return end;
}

/** The statements' entries of an answer, each field undecoded; empty if the answer is an error. */
function split(answer) {
  const array = head(answer, 0);
  if (array.major !== 4) return [];
  const entries = [];
  for (let i = 0, at = array.next; i < array.argument; i++) {
    const map = head(answer, at);
    const entry = {};
    at = map.next;
    for (let pair = 0; pair < map.argument; pair++) {
      const value = skip(answer, at);
      const end = skip(answer, value);
      entry[cbor.decode(answer.subarray(at, value))] = answer.subarray(value, end);
      at = end;
    }
    entries.push(entry);
  }
  return entries;
}
