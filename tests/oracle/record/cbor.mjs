// Records what the engine sends for one value of every type: node cbor.mjs < expressions > recorded.hex
// Lines are `expression => hex`. Expressions come from the recorded file itself, so that
//   node cbor.mjs < ../../data/cbor/values.hex > new && mv new ../../data/cbor/values.hex
// refreshes it.
import { readFileSync } from 'node:fs';
import { done, openDatabase } from './engine.mjs';

const engine = await openDatabase();
for (const line of readFileSync(0, 'utf8').split('\n').filter((l) => l.trim())) {
  const expression = line.split(' => ')[0];
  const { value, error } = await engine.ask(`RETURN ${expression}`);
  if (error) throw new Error(`${expression}: ${error}`);
  console.log(`${expression} => ${value.toString('hex')}`);
}
await done();
