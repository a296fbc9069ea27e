// One data set and everything asked of it: queries from scratch, then views kept through writes.
import { compareView, load, step, tell } from './case.mjs';
import { agrees, judge } from './compare.mjs';
import { Queries } from './generate/queries.mjs';
import { Random } from './generate/random.mjs';
import { definitions, tableNames } from './generate/schema.mjs';
import { Writes } from './generate/writes.mjs';

const queriesPerSet = 120;
const sweptPerSet = 40;
const viewsPerSet = 20;
const batchesPerSet = 8;

export class Session {
  constructor({ engine, driver, seed, coverage, only, calls }) {
    Object.assign(this, { engine, driver, seed, coverage, only });
    this.random = new Random(seed);
    this.writes = new Writes(this.random);
    this.now = this.writes.begin();
    const defined = this.random.chance(60);
    this.queries = new Queries({ random: this.random, data: this.writes.data, coverage, calls, defined });
    this.setup = this.writes.setup(defined ? definitions : []);
    this.batches = [];
    /** The case under way, for the report should the driver die of it. */
    this.current = null;
  }

  /** Yields `{verdict, one, different}` for every case. */
  async *run() {
    await this.engine.fresh();
    await this.driver.command('reset');
    await tell(this.engine, this.driver, this.now);
    await this.engine.queries(this.setup);
    this.held = await load(this.engine, this.driver, tableNames, { setup: this.setup });
    if (this.only !== 'view') yield* this.#queries();
    if (this.only !== 'query') yield* this.#views();
  }

  async *#queries() {
    for (let i = 0; i < queriesPerSet + sweptPerSet; i++) {
      const swept = i >= queriesPerSet;
      const { query, params } = swept ? this.queries.sweep(this.seed * sweptPerSet + i) : this.queries.next();
      const uses = this.coverage.take();
      const one = { mode: 'query', now: this.now, setup: this.setup, query: String(query), params, tree: query };
      this.current = one;
      const raw = await this.engine.params(params);
      const ours = await this.driver.command('query', { surql: one.query, params: raw?.toString('hex') });
      yield this.#judged(ours, one, raw, uses);
    }
  }

  async *#views() {
    const views = new Map();
    for (let i = 0; i < viewsPerSet; i++) {
      const { query, params } = this.queries.next();
      const uses = this.coverage.take();
      if (!String(query).startsWith('SELECT')) continue;
      const one = { mode: 'view', now: this.now, setup: this.setup, query: String(query), params, tree: query, batches: [] };
      this.current = one;
      const raw = await this.engine.params(params);
      const ours = await this.driver.command('register', { view: `v${i}`, surql: one.query, params: raw?.toString('hex') });
      const judged = await this.#judged(ours, one, raw, uses);
      if (ours.mode) this.coverage.use('maintenance', ours.mode === 'recompute' ? `recompute: ${ours.reason.split(':')[0]}` : ours.mode);
      this.coverage.count(this.coverage.take());
      yield judged;
      if (!judged.different && ours.mode) views.set(`v${i}`, { one, raw });
    }
    for (let i = 0; i < batchesPerSet && views.size > 0; i++) yield* this.#batch(views);
  }

  async *#batch(views) {
    const statements = [...this.writes.batch(), this.writes.pass()];
    this.batches.push(statements);
    this.current = { ...[...views.values()][0].one, batches: [...this.batches] };
    const problem = await step(this.engine, this.driver, statements, this.held);
    if (problem) {
      const named = views.get(problem.problems?.[0]?.[0]) ?? [...views.values()][0];
      yield { verdict: problem.kind, one: { ...named.one, batches: [...this.batches] }, different: problem };
      return;
    }
    for (const [name, { one, raw }] of views) {
      this.current = { ...one, batches: [...this.batches] };
      const found = await compareView(this.engine, one.query, raw, await this.driver.command('view', { view: name }));
      yield { verdict: found?.kind ?? 'view equal', one: this.current, different: found };
    }
  }

  async #judged(ours, one, raw, uses) {
    const { kind, theirs } = await judge(() => this.engine.query(one.query, raw), ours, one.query, this.engine.version);
    if (kind === 'equal') this.coverage.count(uses);
    return { verdict: kind, one, different: agrees(kind) ? null : { kind, theirs, ours } };
  }
}
