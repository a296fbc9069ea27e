// A random application: a few tables whose definitions write, compute, cascade and feed in their own ways.

const WORDS = ['a', 'b', 'new', 'done'];

/** What a table may be defined with beside its fields; `needs` another table of the application. */
const TRAITS = {
  'feed with originals': ({ name }) => ({ table: 'CHANGEFEED 1h INCLUDE ORIGINAL', more: '', name }),
  feed: () => ({ table: 'CHANGEFEED 1h' }),
  'event on UPDATE writes its record': ({ name }) => ({
    more: `DEFINE EVENT settle ON ${name} WHEN $event = 'UPDATE' AND $after.s = 'new' THEN { UPDATE $after.id SET s = 'done' };` }),
  'event on CREATE writes its record': ({ name }) => ({
    more: `DEFINE EVENT stamp ON ${name} WHEN $event = 'CREATE' AND $after.n > 4 THEN { UPDATE $after.id SET stamped = true };` }),
  'event on CREATE deletes its record': ({ name }) => ({
    more: `DEFINE EVENT Reject ON ${name} WHEN $event = 'CREATE' AND $after.n = 9 THEN { DELETE $after.id };` }),
  'event on DELETE creates it again': ({ name }) => ({
    more: `DEFINE EVENT revive ON ${name} WHEN $event = 'DELETE' AND $before.n = 7 THEN { CREATE $before.id SET n = 1, s = 'a' };` }),
  'event writes another table': ({ name, other }) => ({
    more: `DEFINE EVENT tell ON ${name} WHEN $event != 'DELETE' AND $after.n != $before.n THEN {
      UPSERT type::record('${other}', record::id($after.id)) SET told = $after.n };` }),
  'field computed': ({ name }) => ({ more: `DEFINE FIELD twice ON ${name} COMPUTED n * 2;`, computed: 'twice' }),
  'field computed over a link': ({ name }) => ({ more: `DEFINE FIELD theirs ON ${name} COMPUTED of.n;`, computed: 'theirs' }),
  'field with a value': ({ name }) => ({ more: `DEFINE FIELD s ON ${name} VALUE $value OR 'b';` }),
  'field asserted': ({ name }) => ({ more: `DEFINE FIELD n ON ${name} ASSERT $value < 20;` }),
  'reference that cascades': ({ name, other }) => ({
    more: `DEFINE FIELD of ON ${name} TYPE option<record<${other}>> REFERENCE ON DELETE CASCADE;` }),
  'reference that is unset': ({ name, other }) => ({
    more: `DEFINE FIELD of ON ${name} TYPE option<record<${other}>> REFERENCE ON DELETE UNSET;` }),
};

/** Traits that write at each other without an end, or that define one field twice. */
const APART = [
  ['feed', 'feed with originals'],
  ['reference that cascades', 'reference that is unset'],
  ['event on CREATE deletes its record', 'event on DELETE creates it again'],
  ['event on CREATE deletes its record', 'event on CREATE writes its record'],
];

function someTraits(random) {
  const chosen = random.some(Object.keys(TRAITS), 22);
  return chosen.filter((trait, i) => !APART.some((pair) => pair.includes(trait) && chosen.slice(0, i).some((t) => pair.includes(t))));
}

export class Application {
  /** Two or three tables, edges between them, now and then a table AS SELECT and one that DROPs. */
  constructor(random, prefix, coverage) {
    this.random = random;
    const names = random.several(2, 3, () => 0).map((_, i) => `${prefix}_t${i}`);
    this.tables = names.map((name, i) => ({ name, other: names[(i + 1) % names.length], traits: someTraits(random) }));
    // Two tables whose events write each other could go on for ever.
    let tells = false;
    for (const table of this.tables) {
      table.traits = table.traits.filter((trait) => trait !== 'event writes another table' || (!tells && (tells = true)));
      for (const trait of table.traits) coverage.note(trait);
    }
    this.edge = random.chance(60) ? `${prefix}_edge` : null;
    this.sums = random.chance(30) ? `${prefix}_sums` : null;
    this.drop = random.chance(20) ? `${prefix}_drop` : null;
    if (this.edge) coverage.note('relation');
    if (this.sums) coverage.note('table AS SELECT');
    if (this.drop) coverage.note('table DROP');
  }

  define(table, how = '') {
    const parts = table.traits.map((trait) => TRAITS[trait](table));
    return `DEFINE TABLE ${how} ${table.name} ${parts.map((part) => part.table ?? '').join(' ')};
      ${parts.map((part) => (part.more ?? '').replace(/DEFINE (FIELD|EVENT)/g, `DEFINE $1 ${how}`)).join(' ')}`;
  }

  get definitions() {
    const [first, second] = this.tables;
    return [
      ...this.tables.map((table) => this.define(table)),
      this.edge ? `DEFINE TABLE ${this.edge} TYPE RELATION IN ${first.name} OUT ${second.name};` : '',
      this.sums ? `DEFINE TABLE ${this.sums} AS SELECT count() AS n, s FROM ${first.name} GROUP BY s;` : '',
      this.drop ? `DEFINE TABLE ${this.drop} DROP;` : '',
    ].join('\n');
  }

  get allTables() {
    return [...this.tables.map(({ name }) => name), this.edge, this.sums, this.drop].filter(Boolean);
  }

  /** The fields of a table that are computed. */
  computed(table) {
    return table.traits.map((trait) => TRAITS[trait](table).computed).filter(Boolean);
  }

  id(table) { return `${table.name}:${this.random.between(1, 8)}`; }

  fields(table) {
    const { random } = this;
    return [
      `n = ${random.between(0, 10)}`,
      ...(random.chance(70) ? [`s = '${random.pick(WORDS)}'`] : []),
      ...(random.chance(50) ? [`of = ${table.other}:${random.between(1, 8)}`] : []),
      ...(random.chance(20) ? [`tags = ['${random.pick(WORDS)}', '${random.pick(WORDS)}']`] : []),
    ].join(', ');
  }
}
