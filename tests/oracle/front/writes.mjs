// Random writes of an application: single statements, bulk statements, transactions, definitions.

function row(app) {
  const { random } = app;
  const table = random.pick(app.tables);
  const id = app.id(table);
  return random.weighted([
    [30, () => `CREATE ${id} SET ${app.fields(table)}`],
    [25, () => `UPSERT ${id} SET ${app.fields(table)}`],
    [20, () => `UPDATE ${id} SET ${app.fields(table)}`],
    [10, () => `UPDATE ${id} MERGE { n: ${random.between(0, 10)} }`],
    [15, () => `DELETE ${id}`],
  ])();
}

function bulk(app) {
  const { random } = app;
  const table = random.pick(app.tables);
  return random.weighted([
    [3, () => `INSERT IGNORE INTO ${table.name} [${random.several(2, 5, () => `{ id: ${random.between(1, 12)}, n: ${random.between(0, 10)} }`)}]`],
    [3, () => `UPDATE ${table.name} SET n += 1 WHERE n < ${random.between(2, 8)}`],
    [2, () => `DELETE ${table.name} WHERE n > ${random.between(5, 10)}`],
    [1, () => `DELETE ${table.name}`],
  ])();
}

function relate(app) {
  const [first, second] = app.tables;
  const { random } = app;
  if (!app.edge) return row(app);
  return random.chance(75)
    ? `RELATE ${app.id(first)}->${app.edge}:${random.between(1, 6)}->${app.id(second)} SET n = ${random.between(0, 9)}`
    : `DELETE ${app.edge}:${random.between(1, 6)}`;
}

function transaction(app, { cancelled = app.random.chance(10) } = {}) {
  const { random } = app;
  // Few ids, so that one is written again and again.
  const table = random.pick(app.tables);
  const ids = [app.id(table), app.id(table)];
  const inner = random.several(2, 6, () => random.weighted([
    [4, () => `UPSERT ${random.pick(ids)} SET ${app.fields(table)}`],
    [2, () => `DELETE ${random.pick(ids)}`],
    [2, () => row(app).replace(/^CREATE/, 'UPSERT')],
  ])());
  return `BEGIN; ${inner.join('; ')}; ${cancelled ? 'CANCEL' : 'COMMIT'}`;
}

function definition(app) {
  const { random } = app;
  const table = random.pick(app.tables);
  return random.weighted([
    // As an application does at its start: what it leaves out is lost, the feed we gave it among it.
    [4, () => app.define(table, 'OVERWRITE').trim()],
    [2, () => `DEFINE TABLE OVERWRITE ${table.name} CHANGEFEED 1h`],
    [2, () => `DEFINE TABLE OVERWRITE ${table.name} CHANGEFEED 1h INCLUDE ORIGINAL`],
    [1, () => `ALTER TABLE ${table.name} DROP CHANGEFEED`],
    [2, () => `REMOVE TABLE ${table.name}; ${app.define(table)}`],
    [1, () => `REMOVE TABLE ${table.name}; CREATE ${app.id(table)} SET ${app.fields(table)}`],
    [1, () => (app.drop ? `DEFINE TABLE OVERWRITE ${app.drop}; CREATE ${app.drop}:1; DEFINE TABLE OVERWRITE ${app.drop} DROP; UPSERT ${app.drop}:1 SET n = 1` : row(app))],
  ])();
}

/** One write by its kind: `{ kind, text }`. */
export function write(app) {
  const { random } = app;
  const [kind, make] = random.weighted([
    [50, ['row', row]], [14, ['bulk', bulk]], [12, ['relate', relate]], [16, ['transaction', transaction]], [8, ['definition', definition]],
    [4, ['drop', () => (app.drop ? `CREATE ${app.drop}:${random.between(1, 3)} SET n = 1` : row(app))]],
  ]);
  return { kind, text: make(app) };
}
