// Records what the engine makes of expressions, as SurrealQL text:
//   node expressions.mjs < ../../data/3.0/functions/string.txt > new && mv new ../../data/3.0/functions/string.txt
// Lines are `expression => result`, results being constants or `ERR message`; what stands after the
// arrow is recorded anew. Comment lines start with #.
import { readFileSync } from 'node:fs';
import { cbor, done, openDatabase } from './engine.mjs';

const engine = await openDatabase();
for (const line of readFileSync(0, 'utf8').split('\n').filter((l) => l.trim())) {
  if (line.startsWith('#')) {
    console.log(line);
    continue;
  }
  const arrow = line.lastIndexOf(' => ');
  const expression = arrow < 0 ? line : line.slice(0, arrow);
  const { value, error } = await engine.ask(`RETURN <string>[${expression}]`);
  console.log(`${expression} => ${error ? `ERR ${error.replaceAll('\n', ' ')}` : cbor.decode(value).slice(1, -1)}`);
}
await done();
