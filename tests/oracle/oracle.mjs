// The oracle: generated queries and writes, answered by the real engine and by us, compared byte for byte.
// node oracle.mjs [--cases N] [--seed S] [--only query|view] [--replay file...] [--driver path] [--keep-going] [--report] [--functions pattern]
import { readdirSync, readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { toSurqlString } from 'surrealdb';
import { cbor } from '../surrealdb/cbor_frame.mjs';
import { runCase } from './case.mjs';
import { DriverCrash, DriverSide } from './driver_side.mjs';
import { EngineSide } from './engine_side.mjs';
import { Coverage } from './generate/coverage.mjs';
import { unanswered } from './generate/functions.mjs';
import { productions } from './generate/productions.mjs';
import { Session } from './session.mjs';
import { shrink } from './shrink.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const { values: options } = parseArgs({
  options: {
    cases: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' }, only: { type: 'string' },
    replay: { type: 'string', multiple: true }, driver: { type: 'string', default: 'build/release/tests/oracle/oracle_driver' },
    most: { type: 'string', default: '10' }, out: { type: 'string', default: 'build/oracle' }, report: { type: 'boolean', default: false },
    functions: { type: 'string', default: '.' },
    'no-regressions': { type: 'boolean', default: false },
  },
});

const engine = await EngineSide.open();
let driver = new DriverSide(options.driver);
let passed = 0;
const failures = [];
/** Failures by symptom: the first of each is cut down and kept, the others are counted. */
const symptoms = new Map();

/** Runs a case, starting the driver anew should it have died of it. */
async function attempt(one) {
  if (!driver.alive) driver = new DriverSide(options.driver);
  try {
    return await runCase(engine, driver, one);
  } catch (problem) {
    if (problem instanceof DriverCrash) return { kind: 'the driver crashed' };
    throw problem;
  }
}

async function replay(file) {
  const one = JSON.parse(readFileSync(file, 'utf8'));
  const different = await attempt(one);
  if (!different) passed++;
  else failures.push({ name: file, different, one });
}

/** Shrinks a failing case and keeps it as a file. */
async function keep(one, different, seed) {
  const symptom = symptomOf(different);
  const small = await shrink(one, async (candidate) => symptomOf(await attempt(candidate)) === symptom);
  const found = (await attempt(small)) ?? different;
  mkdirSync(options.out, { recursive: true });
  const file = `${options.out}/seed-${seed}-${failures.length}.json`;
  writeFileSync(file, `${JSON.stringify(small, null, 2)}\n`);
  failures.push({ name: file, different: found, one: small });
  describe(failures.at(-1));
}

/** What must stay the same while a case is cut down: the kind of difference and the beginning of an error. */
function symptomOf(different) {
  const message = different?.ours?.message ?? different?.theirs?.error ?? '';
  return different && `${different.kind} ${message.split(' ').slice(0, 12).join(' ')}`;
}

function describe({ name, different, one }) {
  console.log(`\n${name}: ${different.kind}${different.batch === undefined ? '' : ` after batch ${different.batch}`}`);
  console.log(`  ${one.query}`);
  for (const [who, answer] of [['engine', different.theirs], ['ours', different.ours]])
    if (answer) console.log(`  ${who}: ${answer.ok ? shown(answer.ok) : `${answer.error} ${answer.message ?? ''}`}`);
  if (different.problems) console.log(`  ${different.problems.map((problem) => problem.join(': ')).join('\n  ')}`);
}

/** A value as SurrealQL, with its bytes where the SDK would lose the number's type. */
function shown(hex) {
  const text = toSurqlString(cbor.decode(Buffer.from(hex, 'hex')));
  return `${text.slice(0, 400)}   ${hex.slice(0, 200)}`;
}

async function generate() {
  const coverage = new Coverage();
  const { functions } = await driver.command('functions');
  coverage.expect('function', (functions ?? []).filter((name) => !unanswered.includes(name)));
  for (const [kind, names] of Object.entries(productions)) coverage.expect(kind, names);
  const counts = new Map();
  for (let seed = Number(options.seed), cases = 0; cases < Number(options.cases); seed++) {
    if (!driver.alive) driver = new DriverSide(options.driver);
    const session = new Session({ engine, driver, seed, coverage, only: options.only, calls: new RegExp(options.functions) });
    try {
      for await (const { verdict, one, different } of session.run()) {
        cases++;
        counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
        if (!different) passed++;
        else {
          const symptom = symptomOf(different);
          symptoms.set(symptom, (symptoms.get(symptom) ?? 0) + 1);
          if (symptoms.get(symptom) === 1 || (/differ/.test(symptom) && symptoms.get(symptom) < 6)) {
            await keep(one, different, seed);
            break;
          }
          failures.push({ name: `seed ${seed}`, different, one });
        }
        if (cases >= Number(options.cases)) break;
      }
    } catch (problem) {
      if (!(problem instanceof DriverCrash)) throw problem;
      await keep(session.current, { kind: 'the driver crashed' }, seed);
    }
    if (symptoms.size >= Number(options.most)) break;
  }
  for (const [symptom, times] of symptoms) console.log(`${times} times: ${symptom}`);
  console.log(`\n${[...counts].map(([verdict, n]) => `${n} ${verdict}`).join(', ')}`);
  if (options.report) console.log(coverage.report());
  if (coverage.missing.length) console.log(`never used: ${coverage.missing.join(', ')}`);
}

const regressions = `${here}regressions`;
if (options.replay) for (const file of options.replay) await replay(file);
else {
  if (!options['no-regressions'])
    for (const file of readdirSync(regressions).filter((name) => name.endsWith('.json')).sort()) await replay(`${regressions}/${file}`);
  failures.forEach(describe);
  if (failures.length === 0) await generate();
}
if (options.replay) failures.forEach(describe);
driver.close();
await engine.close();
console.log(`${passed} passed, ${failures.length} failed`);
process.exit(failures.length === 0 ? 0 : 1);
