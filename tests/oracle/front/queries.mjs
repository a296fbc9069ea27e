// Random views of an application. Where order decides what is seen, it is decided to the end.

function condition(app, table) {
  const { random } = app;
  const computed = app.computed(table);
  return random.weighted([
    [4, () => `n > ${random.between(0, 9)}`],
    [3, () => `s = '${random.pick(['a', 'b', 'new', 'done'])}'`],
    [2, () => `of.n >= ${random.between(0, 6)}`],
    [2, () => `n > 2 AND s != 'done'`],
    [1, () => 'stamped = true'],
    [1, () => "tags CONTAINS 'a'"],
    [1, () => 'told != NONE'],
    [computed.length * 4, () => `${random.pick(computed)} > ${random.between(0, 12)}`],
  ])();
}

function rows(app) {
  const table = app.random.pick(app.tables);
  return `SELECT * FROM ${table.name} WHERE ${condition(app, table)}`;
}

function window(app) {
  const { random } = app;
  const table = random.pick(app.tables);
  const by = random.pick(['n', 's', ...app.computed(table)]);
  return `SELECT * FROM ${table.name} ORDER BY ${by} ${random.pick(['ASC', 'DESC'])}, id LIMIT ${random.between(1, 4)}`;
}

function related(app) {
  const table = app.random.pick(app.tables);
  return `SELECT *, (SELECT * FROM ${table.name} WHERE of = $parent.id) AS children FROM ${table.other} WHERE n < ${app.random.between(3, 9)}`;
}

function graph(app) {
  if (!app.edge) return rows(app);
  const [first, second] = app.tables;
  return app.random.pick([
    `SELECT * FROM ${first.name} WHERE ->${app.edge}->${second.name}.n CONTAINSANY [1, 2, 3]`,
    `SELECT * FROM ${app.edge} WHERE in.n > 3`,
    `SELECT * FROM ${second.name} WHERE count(<-${app.edge}) > 0`,
  ]);
}

const whole = (app) => `SELECT * FROM ${app.random.pick(app.allTables)}`;

export function query(app) {
  return app.random.weighted([[5, rows], [3, window], [2, related], [3, graph], [2, whole]])(app);
}
