// Records what the engine answers to queries: node select.mjs FILE..., each rewritten in place.
//   # comment          kept
//   ! STATEMENT        setup, run in order; the tables' contents are recorded as `table NAME: HEX`
//   $NAME = EXPRESSION a parameter of the queries below; recorded as `param NAME: HEX`
//   ours: VALUE        under a query: what we answer instead, where the engine's answer is a bug
//   refused: TEXT      under a query: we refuse it, with a message that holds TEXT
//   QUERY              anything else; its answer is recorded as `=> HEX` or `=> error MESSAGE`
// Recorded lines are dropped and made anew.
import { readFileSync, writeFileSync } from 'node:fs';
import { cbor, done, openDatabase } from './engine.mjs';

const isRecorded = (line) => /^(table|param) \w+: |^=> /.test(line);

async function expect(engine, statement, vars) {
  const { value, error } = await engine.ask(statement, vars);
  if (error) throw new Error(`${statement}: ${error}`);
  return value;
}

async function recordTables(engine) {
  const info = cbor.decode(await expect(engine, 'INFO FOR DB'));
  const lines = [];
  for (const table of Object.keys(info.tables).sort())
    lines.push(`table ${table}: ${(await expect(engine, `SELECT * FROM ${table}`)).toString('hex')}`);
  return lines;
}

async function record(path) {
  const engine = await openDatabase();
  const out = [];
  const vars = {};
  let setup = false;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (isRecorded(line)) continue;
    if (setup && !line.startsWith('! ')) {
      setup = false;
      out.push(...await recordTables(engine));
    }
    out.push(line);
    const parameter = /^\$(\w+) = (.*)$/.exec(line);
    if (line.startsWith('! ')) {
      await expect(engine, line.slice(2));
      setup = true;
    } else if (parameter) {
      const [, name, expression] = parameter;
      const value = await expect(engine, `RETURN ${expression}`);
      vars[name] = cbor.decode(value);
      out.push(`param ${name}: ${value.toString('hex')}`);
    } else if (line.trim() && !line.startsWith('#') && !/^(ours|refused): /.test(line)) {
      const { value, error } = await engine.ask(line, vars);
      out.push(error ? `=> error ${error.split('\n')[0]}` : `=> ${value.toString('hex')}`);
    }
  }
  writeFileSync(path, out.join('\n'));
}

for (const path of process.argv.slice(2)) await record(path);
await done();
