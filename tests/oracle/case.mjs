// One replayable case: statements that make the data, one query, and (for views) batches of writes.
// {name?, note?, mode: "query" | "view", setup: [text], query: text, params: {name: text}, batches: [[text]]}
import { agrees, verdict } from './compare.mjs';
import { arrayOf, changesBetween } from './engine_side.mjs';
import { tableNames } from './generate/schema.mjs';

/** Runs a case on both sides. Gives null if they agree, else what differs and where. */
export async function runCase(engine, driver, one) {
  await engine.fresh();
  await driver.command('reset');
  await engine.queries(one.setup);
  const params = await engine.params(one.params ?? {});
  const loaded = await load(engine, driver, tablesOf(one));
  return one.mode === 'view' ? runView(engine, driver, one, params, loaded) : runQuery(engine, driver, one.query, params);
}

/** The tables a case may have: the generator's and those it defines. */
function tablesOf(one) {
  const defined = one.setup.map((statement) => /^DEFINE TABLE (\w+)/.exec(statement)?.[1]).filter(Boolean);
  return [...new Set([...tableNames, ...defined])].sort();
}

/** Gives the driver what the engine holds; the rows by table. */
export async function load(engine, driver, tables, commands = ['load', 'view_load']) {
  const held = new Map();
  const found = await engine.rows(tables);
  for (const [i, table] of tables.entries()) {
    if (!found[i]) continue;
    held.set(table, found[i]);
    for (const command of commands) await driver.command(command, { table, rows: arrayOf([...found[i].values()]) });
  }
  return held;
}

export async function runQuery(engine, driver, query, params) {
  const [theirs, ours] = await Promise.all([
    engine.query(query, params), driver.command('query', { surql: query, params: params?.toString('hex') }),
  ]);
  const kind = verdict(theirs, ours, query, engine.version);
  return agrees(kind) ? null : { kind, theirs, ours };
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
  const theirs = await engine.query(query, params);
  const kind = verdict(theirs, ours, query, engine.version);
  return agrees(kind) ? null : { kind, theirs, ours };
}

/** Runs a batch on the engine, hands the driver the difference; updates `held`. */
export async function step(engine, driver, statements, held) {
  await engine.queries(statements);
  const tables = [...held.keys()];
  const changes = [];
  for (const [i, after] of (await engine.rows(tables)).entries()) {
    changes.push(...changesBetween(held.get(tables[i]), after));
    held.set(tables[i], after);
  }
  const { problems, error, message } = await driver.command('step', { changes });
  if (error) return { kind: 'the step failed', ours: { error, message } };
  return problems.length ? { kind: 'deltas and state differ', problems } : null;
}
