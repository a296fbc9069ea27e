// One replayable case: statements that make the data, one query, and (for views) batches of writes.
// {name?, note?, mode: "query" | "view" | "permissions", setup: [text], query: text, params: {name: text}, batches: [[text]]}
// `now` (milliseconds since 1970) is what time::now() answers, until a batch says `TIME <milliseconds>`.
// With "permissions" also `user` (a person's id, "guest" or "system"), and `after`: statements after he has signed in.
import { cbor, joinFrame } from '../surrealdb/cbor_frame.mjs';
import { agrees, judge } from './compare.mjs';
import { arrayOf, changesBetween } from './engine_side.mjs';
import { tableNames } from './generate/schema.mjs';

/** Runs a case on both sides. Gives null if they agree, else what differs and where. */
export async function runCase(engine, driver, one) {
  await engine.fresh();
  await driver.command('reset');
  await tell(engine, driver, one.now ?? null);
  await engine.queries(one.setup);
  const params = await engine.params(one.params ?? {});
  if (one.mode === 'permissions') return runAs(engine, driver, one, params);
  const loaded = await load(engine, driver, tablesOf(one), { setup: one.setup });
  return one.mode === 'view' ? runView(engine, driver, one, params, loaded) : runQuery(engine, driver, one.query, params);
}

/** Sets both clocks; what is wrong with the deltas that follow. */
export async function tell(engine, driver, now) {
  engine.tell(now);
  if (now === null) return [];
  const { problems, error, message } = await driver.command('time', { now });
  if (error) throw new Error(`time: ${message}`);
  return problems;
}

/** The tables a case may have: the generator's and those it defines. */
function tablesOf(one) {
  const defined = one.setup.map((statement) => /^DEFINE TABLE (\w+)/.exec(statement)?.[1]).filter(Boolean);
  return [...new Set([...tableNames, ...defined])].sort();
}

/** Names by table of the fields that the statements define as computed. */
function computedIn(setup) {
  const names = {};
  for (const statement of setup) {
    const [, field, table] = /^DEFINE FIELD (\w+) ON (\w+) .*COMPUTED/.exec(statement) ?? [];
    if (field) (names[table] ??= []).push(field);
  }
  return names;
}

/** Gives the driver what the engine holds and defines; the rows by table. */
export async function load(engine, driver, tables, { setup = [], commands = ['load', 'view_load'] } = {}) {
  const held = new Map();
  held.computed = computedIn(setup);
  const found = await engine.rows(tables, held.computed);
  for (const [i, table] of tables.entries()) {
    if (!found[i]) continue;
    held.set(table, found[i]);
    for (const command of commands) await driver.command(command, { table, rows: arrayOf([...found[i].values()]) });
  }
  const { error, message } = await driver.command('define', await engine.definitions([...held.keys()]));
  if (error) throw new Error(`the definitions cannot be read: ${message}`);
  return held;
}

export async function runQuery(engine, driver, query, params) {
  const ours = await driver.command('query', { surql: query, params: params?.toString('hex') });
  return compareView(engine, query, params, ours);
}

async function runView(engine, driver, one, params, held) {
  const first = await driver.command('register', { view: 'v', surql: one.query, params: params?.toString('hex') });
  const different = await compareView(engine, one.query, params, first);
  if (different || first.error === 'UNSUPPORTED') return different;
  for (let i = 0; i < one.batches.length; i++) {
    const problem = await step(engine, driver, one.batches[i], held);
    if (problem) return { ...problem, batch: i };
    const found = await compareView(engine, one.query, params, await driver.command('view', { view: 'v' }));
    if (found) return { ...found, batch: i };
  }
  return null;
}

/** A view in its error state agrees with a query that fails. */
export async function compareView(engine, query, params, ours) {
  const { kind, theirs } = await judge(() => engine.query(query, params), ours, query, engine.version);
  return agrees(kind) ? null : { kind, theirs, ours };
}

/** A view as its user sees it. An engine that has no such user agrees with everything. */
async function runAs(engine, driver, one, params) {
  const user = await signIn(engine, one.user);
  if (!user) return null;
  try {
    await engine.queries(one.after ?? []);
    const tables = tablesOf(one);
    const held = await load(engine, driver, tables, { commands: ['view_load'] });
    await learnRules(engine, driver, tables);
    const first = await driver.command('register', { view: 'v', surql: one.query, params: params?.toString('hex'), caller: callerOf(user) });
    const different = await compareAs(user, one.query, params, first, engine.version);
    if (different || first.error === 'UNSUPPORTED') return different;
    for (let i = 0; i < (one.batches ?? []).length; i++) {
      const problem = await step(engine, driver, one.batches[i], held, tables);
      if (problem) return { ...problem, batch: i };
      const found = await compareAs(user, one.query, params, await driver.command('view', { view: 'v' }), engine.version);
      if (found) return { ...found, batch: i };
    }
    return null;
  } finally {
    await user.close();
  }
}

export async function compareAs(user, query, params, ours, version) {
  const { kind, theirs } = await judge(() => user.query(query, params), ours, query, version);
  return agrees(kind) ? shownTooMuch(user, ours) : { kind, theirs, ours };
}

/** Whether a view has edges to records that its user may not select. */
export async function shownTooMuch(user, ours) {
  if (user.who === 'system' || !ours.ok || !ours.edges) return null;
  const { ok } = await user.query('RETURN count(SELECT VALUE 1 FROM $ids)', joinFrame({ ids: Buffer.from(ours.members, 'hex') }));
  if (ok && cbor.decode(Buffer.from(ok, 'hex')) === ours.edges) return null;
  return { kind: 'an edge shows what is hidden', theirs: { ok }, ours };
}

/** Users besides those with a record. */
export const knownUsers = (engine) => (engine.guests ? ['guest', 'system'] : ['system']);

/** Who asks, with what the database says of him; null where he may not sign in. */
export async function signIn(engine, who) {
  const user = await engine.as(who);
  if (!user) return null;
  const { ok } = await user.query('RETURN { auth: $auth, access: $access, token: $token, session: $session }');
  return Object.assign(user, { who, session: ok });
}

export const callerOf = ({ who, session }) => ({ system: who === 'system', session });

/** Tells the driver what the tables' definitions say. */
export async function learnRules(engine, driver, tables) {
  const [{ ok: defined }, ...fields] = await engine.queries(['RETURN (INFO FOR DB STRUCTURE).tables',
    ...tables.map((table) => `RETURN (INFO FOR TABLE ${table} STRUCTURE).fields`)]);
  const { problems, error, message } = await driver.command('rules', { tables: defined, fields: Object.fromEntries(tables.map((table, i) => [table, fields[i].ok])) });
  if (error) throw new Error(`rules: ${message}`);
  return problems;
}

/** Runs a batch on the engine, then lets time pass; hands the driver the difference; updates `held`. Definitions of `ruled` tables may change. */
export async function step(engine, driver, batch, held, ruled = []) {
  const [, now] = /^TIME (\d+)$/.exec(batch.at(-1)) ?? [];
  const statements = batch.filter((statement) => !statement.startsWith('TIME '));
  await engine.queries(statements);
  const tables = [...held.keys()];
  const changes = [];
  for (const [i, after] of (await engine.rows(tables, held.computed)).entries()) {
    changes.push(...changesBetween(held.get(tables[i]), after));
    held.set(tables[i], after);
  }
  const { problems, error, message } = await driver.command('step', { changes });
  if (error) return { kind: 'the step failed', ours: { error, message } };
  if (now) problems.push(...(await tell(engine, driver, Number(now))));
  if (ruled.length && statements.some((statement) => /^(DEFINE|REMOVE)/.test(statement)))
    problems.push(...(await learnRules(engine, driver, ruled)));
  return problems.length ? { kind: 'deltas and state differ', problems } : null;
}
