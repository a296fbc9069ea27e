// The oracle: generated queries and writes, answered by the real engines and by us, compared byte for byte.
// node oracle.mjs [--engine server|python|embedded|all] [--cases N] [--seed S] [--only query|view] [--replay file...]
//   [--permissions] [--driver path] [--most failures] [--out folder] [--report] [--functions pattern] [--no-regressions]
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { openEngines } from './engines/engines.mjs';
import { EngineRun } from './run_engine.mjs';

const { values: options } = parseArgs({
  options: {
    engine: { type: 'string', default: 'all' }, cases: { type: 'string' }, seed: { type: 'string', default: '1' },
    only: { type: 'string' }, permissions: { type: 'boolean', default: false }, replay: { type: 'string', multiple: true },
    driver: { type: 'string', default: 'build/release/tests/oracle/oracle_driver' },
    most: { type: 'string', default: '20' }, out: { type: 'string', default: 'build/oracle' }, report: { type: 'boolean', default: false },
    functions: { type: 'string', default: '.' }, 'no-regressions': { type: 'boolean', default: false },
  },
});

const folder = fileURLToPath(new URL('regressions/', import.meta.url));
const regressions = readdirSync(folder).filter((name) => name.endsWith('.json')).sort().map((name) => folder + name);

const ALL_CASES = 20_000;
/** Of permissions, in a run that asks for nothing in particular. */
const PERMISSION_CASES = 2_000;

let passed = 0;
let failed = 0;
const engines = await openEngines(options.engine);
if (options.permissions && !engines.some((engine) => engine.users)) throw new Error('--permissions needs a server: only there users sign in');
const cases = options.cases ? Number(options.cases) : Math.ceil(ALL_CASES / engines.length);
for (const engine of engines) {
  if (options.permissions && !engine.users) continue;
  console.log(`-- ${engine.name}: ${engine.version}`);
  const began = Date.now();
  const run = await EngineRun.open(engine, { ...options, cases, seed: Number(options.seed), most: Number(options.most) });
  if (options.replay) await run.replay(options.replay);
  else {
    if (!options['no-regressions']) {
      await run.behaviours();
      await run.replay(regressions);
    }
    if (run.failures.length === 0) await run.generate(options.permissions);
    const ordinary = !options.permissions && !options.only && !options.cases;
    if (ordinary && engine.users && run.failures.length === 0) await run.generate(true, PERMISSION_CASES);
  }
  console.log(`${run.passed} agree, ${run.failures.length} differ in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  passed += run.passed;
  failed += run.failures.length;
  await run.close();
  await engine.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
