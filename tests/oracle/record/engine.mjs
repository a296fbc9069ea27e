// The engine whose answers are recorded: SPOOKY_ENGINE names it (server, python, embedded; default: embedded).
import { cbor } from '../../surrealdb/cbor_frame.mjs';
import { EngineSide } from '../engine_side.mjs';
import { openEngines } from '../engines/engines.mjs';

export { cbor };

const [engine] = await openEngines(process.env.SPOOKY_ENGINE ?? 'embedded');

/** An empty database. `ask(statement, vars?)` gives `{ value }`, undecoded, or `{ error }` with the engine's message. */
export async function openDatabase() {
  const side = await EngineSide.open(engine);
  await side.fresh();
  return {
    async ask(statement, vars) {
      const { ok, error } = await side.query(statement, vars && cbor.encode(vars));
      return error === undefined ? { value: Buffer.from(ok, 'hex') } : { error };
    },
  };
}

/** Ends the program, and the engine with it. */
export async function done() {
  await engine.close();
  process.exit(0);
}
