// The regressions and generated cases on one engine, several data sets at work at a time.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { toSurqlString } from 'surrealdb';
import { cbor } from '../surrealdb/cbor_frame.mjs';
import { DriverCrash } from './driver_side.mjs';
import { Coverage } from './generate/coverage.mjs';
import { unanswered } from './generate/functions.mjs';
import { permissionProductions } from './generate/permissions.mjs';
import { productions } from './generate/productions.mjs';
import { Lane } from './lane.mjs';
import { PermissionSession } from './permission_session.mjs';
import { Session } from './session.mjs';
import { shrink } from './shrink.mjs';

/** How many data sets are asked about at a time: enough to keep two cores busy while answers travel. */
const LANES = 4;
const SHRINK_WITHIN_MS = 20_000;
const KEPT_WITH_A_SYMPTOM = 5;

export class EngineRun {
  passed = 0;
  failures = [];
  /** Failures by symptom: the first of each are cut down and kept, the others are counted. */
  #symptoms = new Map();
  #counts = new Map();
  #coverage = new Coverage();
  #cases = 0;
  #wanted = 0;

  /** `options` are those of oracle.mjs, with numbers as numbers. */
  static async open(engine, options) {
    const run = new EngineRun();
    run.engine = engine;
    run.options = options;
    run.lanes = await Promise.all(Array.from({ length: LANES }, () => Lane.open(engine, options.driver)));
    return run;
  }

  async close() {
    await Promise.all(this.lanes.map((lane) => lane.close()));
  }

  async replay(files) {
    const left = [...files];
    await Promise.all(this.lanes.map(async (lane) => {
      for (let file; (file = left.shift()); ) {
        const one = JSON.parse(readFileSync(file, 'utf8'));
        const different = await lane.attempt(one);
        if (different) this.#fail({ name: file, different, one });
        else this.passed++;
      }
    }));
  }

  /** Asks both sides what the table of behaviours says of this version. */
  async behaviours() {
    const [lane] = this.lanes;
    const { behaviours, rows } = await lane.driver.command('behaviours');
    const setup = ['DEFINE TABLE a', 'DEFINE TABLE b', `INSERT INTO a (SELECT * FROM ${rows} WHERE record::tb(id) = 'a')`,
      `INSERT INTO b (SELECT * FROM ${rows} WHERE record::tb(id) = 'b')`];
    for (const { name, statement, answer } of behaviours) {
      const one = { mode: 'query', setup, query: statement, params: {} };
      const different = (await lane.attempt(one)) ?? (await lane.contradicts(statement, answer));
      if (different) this.#fail({ name, different, one });
      else this.passed++;
    }
  }

  /** Generated cases: of permissions and users, or of queries and views without. */
  async generate(permissions = false, cases = this.options.cases) {
    this.#coverage = new Coverage();
    this.#counts.clear();
    this.#cases = 0;
    this.#wanted = cases;
    if (permissions) for (const [kind, names] of Object.entries(permissionProductions)) this.#coverage.expect(kind, names);
    else await this.#expectLanguage();
    let seed = this.options.seed;
    await Promise.all(this.lanes.map(async (lane) => {
      while (!this.#enough()) await this.#session(lane, seed++, permissions ? PermissionSession : Session);
    }));
    for (const [symptom, times] of this.#symptoms) console.log(`${times} times: ${symptom}`);
    console.log(`\n${permissions ? 'permissions: ' : ''}${[...this.#counts].map(([verdict, n]) => `${n} ${verdict}`).join(', ')}`);
    if (this.options.report || this.options.permissions) console.log(this.#coverage.report());
    const missing = this.#coverage.missing.filter((use) => this.engine.guests || use !== 'user guest');
    if (missing.length) console.log(`never used: ${missing.join(', ')}`);
  }

  async #expectLanguage() {
    const { functions } = await this.lanes[0].driver.command('functions');
    this.#coverage.expect('function', (functions ?? []).filter((name) => !unanswered.includes(name)));
    for (const [kind, names] of Object.entries(productions)) this.#coverage.expect(kind, names);
  }

  #enough() { return this.#cases >= this.#wanted || this.failures.length >= this.options.most; }

  /** One data set and all its cases; ends early at a failure that is cut down, since that takes its data. */
  async #session(lane, seed, Kind) {
    lane.revive();
    const session = new Kind({
      engine: lane.engine, driver: lane.driver, seed, coverage: this.#coverage.notes(), only: this.options.only, calls: new RegExp(this.options.functions),
    });
    try {
      for await (const { verdict, one, different } of session.run()) {
        this.#cases++;
        this.#counts.set(verdict, (this.#counts.get(verdict) ?? 0) + 1);
        if (!different) this.passed++;
        else if (await this.#judge(lane, one, different, seed)) return;
        if (this.#enough()) return;
      }
    } catch (problem) {
      if (!(problem instanceof DriverCrash)) throw problem;
      await this.#keep(lane, session.current, { kind: 'the driver crashed' }, seed);
    }
  }

  /** Whether the failure was cut down. */
  async #judge(lane, one, different, seed) {
    const symptom = symptomOf(different);
    const times = (this.#symptoms.get(symptom) ?? 0) + 1;
    this.#symptoms.set(symptom, times);
    if (times > (/differ/.test(symptom) ? KEPT_WITH_A_SYMPTOM : 1)) {
      this.failures.push({ name: `seed ${seed}`, different, one });
      return false;
    }
    await this.#keep(lane, one, different, seed);
    return true;
  }

  /** Shrinks a failing case and keeps it as a file. */
  async #keep(lane, one, different, seed) {
    const symptom = symptomOf(different);
    const fails = async (candidate) => symptomOf(await lane.attempt(candidate)) === symptom;
    const small = await shrink(one, fails, { within: SHRINK_WITHIN_MS });
    const found = (await lane.attempt(small)) ?? different;
    mkdirSync(this.options.out, { recursive: true });
    const file = `${this.options.out}/${this.engine.name}-seed-${seed}-${this.failures.length}.json`;
    writeFileSync(file, `${JSON.stringify(small, null, 2)}\n`);
    this.#fail({ name: file, different: found, one: small });
  }

  #fail(failure) {
    this.failures.push(failure);
    describe(failure);
  }
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
