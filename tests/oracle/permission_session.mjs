// One data set, its permissions and users; each asks queries that are kept as views while data and permissions change.
import { callerOf, compareAs, knownUsers, learnRules, load, shownTooMuch, signIn, step } from './case.mjs';
import { agrees, judge } from './compare.mjs';
import { Permissions } from './generate/permissions.mjs';
import { Queries } from './generate/queries.mjs';
import { Random } from './generate/random.mjs';
import { tableNames } from './generate/schema.mjs';
import { Writes } from './generate/writes.mjs';

const queriesPerSet = 24;
const batchesPerSet = 5;
const accounts = 4;
const MOST_ASKING = 3;

/** Record users sign in as persons. */
const ACCESS = 'DEFINE ACCESS app ON DATABASE TYPE RECORD SIGNIN (SELECT * FROM type::record($who))';

export class PermissionSession {
  constructor({ engine, driver, seed, coverage, calls }) {
    Object.assign(this, { engine, driver, seed, coverage });
    this.random = new Random(seed);
    this.writes = new Writes(this.random);
    // A permission's $parent is the row itself, but inside a sub-query SurrealDB has the row around that.
    this.parents = this.random.chance(25);
    this.permissions = new Permissions({ random: this.random, data: this.writes.data, coverage, parents: this.parents, seed });
    // SurrealDB lets no record user ask record::is_edge of another record than the row.
    const mayCall = { test: (name) => calls.test(name) && name !== 'record::is_edge' };
    this.queries = new Queries({ random: this.random, data: this.writes.data, coverage, calls: mayCall, session: true });
    this.setup = [...this.permissions.definitions(), ACCESS, ...this.writes.setup().filter((statement) => !/^DEFINE/.test(statement))];
    this.batches = [];
    this.current = null;
  }

  /** Yields `{verdict, one, different}` for every case. */
  async *run() {
    await this.engine.fresh();
    await this.driver.command('reset');
    await this.engine.queries(this.setup);
    const ids = this.random.some(this.writes.data.ids.person, 70).slice(0, accounts);
    this.after = ids.length > 1 && this.random.chance(60) ? [`DELETE ${ids.at(-1)}`] : [];
    this.users = await this.#signIn(ids);
    await this.engine.queries(this.after);
    this.held = await load(this.engine, this.driver, tableNames, { commands: ['view_load'] });
    await learnRules(this.engine, this.driver, tableNames);
    this.coverage.count(this.coverage.take());
    try {
      yield* this.#views();
    } finally {
      await Promise.all(this.users.map((user) => user.close()));
    }
  }

  async #signIn(ids) {
    const users = [];
    for (const who of [...ids, ...knownUsers(this.engine)]) {
      const user = await signIn(this.engine, who);
      if (user) users.push(user);
    }
    for (const user of users) this.coverage.use('user', user.who === 'system' || user.who === 'guest' ? user.who : 'record');
    if (this.after.length) { this.coverage.use('user', 'deleted'); this.coverage.use('change', 'account deleted'); }
    return users;
  }

  async *#views() {
    const views = new Map();
    for (let i = 0; i < queriesPerSet; i++) {
      const { query, params } = this.queries.next();
      const uses = this.coverage.take();
      if (!String(query).startsWith('SELECT') || (this.parents && /\(SELECT/.test(String(query)))) continue;
      const raw = await this.engine.params(params);
      for (const user of this.random.some(this.users, 50).slice(0, MOST_ASKING)) {
        // A system user's view is one for all of them: it knows no session.
        if (user.who === 'system' && /\$(auth|access|token|session)/.test(String(query))) continue;
        const view = `v${i} ${user.who}`;
        const one = { mode: 'permissions', user: user.who, setup: this.setup, after: this.after, query: String(query), params, tree: query, batches: [] };
        this.current = one;
        const ours = await this.driver.command('register', { view, surql: one.query, params: raw?.toString('hex'), caller: callerOf(user) });
        const { kind, theirs } = await judge(() => user.query(one.query, raw), ours, one.query, this.engine.version);
        if (kind === 'equal') this.coverage.count([...uses, ...(await this.#self(user))]);
        const different = agrees(kind) ? await shownTooMuch(user, ours) : { kind, theirs, ours };
        yield { verdict: different?.kind ?? kind, one, different };
        if (!different && ours.mode) views.set(view, { one, raw, user });
      }
    }
    for (let i = 0; i < batchesPerSet && views.size > 0; i++) yield* this.#batch(views);
  }

  async #self(user) {
    if (!/^person:/.test(user.who) || this.after.includes(`DELETE ${user.who}`)) return [];
    const { ok } = await user.query(`RETURN record::exists(${user.who})`);
    return ok === 'f4' ? ['user hidden from himself'] : [];
  }

  async *#batch(views) {
    const changes = this.random.chance(45) ? this.permissions.change() : [];
    const statements = changes.length && this.random.chance(50) ? changes : [...this.writes.batch(), ...changes];
    const uses = this.coverage.take();
    this.batches.push(statements);
    this.current = { ...[...views.values()][0].one, batches: [...this.batches] };
    const problem = await step(this.engine, this.driver, statements, this.held, tableNames);
    if (problem) {
      const named = views.get(problem.problems?.[0]?.[0]) ?? [...views.values()][0];
      yield { verdict: problem.kind, one: { ...named.one, batches: [...this.batches] }, different: problem };
      return;
    }
    this.coverage.count(uses);
    for (const [name, { one, raw, user }] of views) {
      this.current = { ...one, batches: [...this.batches] };
      const found = await compareAs(user, one.query, raw, await this.driver.command('view', { view: name }), this.engine.version);
      yield { verdict: found?.kind ?? 'view equal', one: this.current, different: found };
    }
  }
}
