// The tables queries run over: a small blog with links, lists, nested objects, edges, and values of
// the wrong type where the engine lets them be.

export const tables = {
  person: {
    fields: {
      name: 'str', age: 'num', score: 'num', active: 'bool', tags: 'arrstr', marks: 'arrnum', born: 'date',
      shift: 'dur', 'address.city': 'str', 'address.zip': 'num', address: 'obj', boss: 'rec:person',
      friends: 'arrrec:person', items: 'arrobj', token: 'uuid', odd: 'any', pool: 'set', place: 'geo',
    },
  },
  post: {
    fields: {
      title: 'str', likes: 'num', author: 'rec:person', at: 'date', 'meta.lang': 'str', 'meta.size': 'num',
      meta: 'obj', draft: 'bool', labels: 'arrstr', odd: 'any',
    },
  },
  comment: {
    fields: { post: 'rec:post', by: 'rec:person', body: 'str', stars: 'num', at: 'date', odd: 'any' },
  },
  wrote: { edge: ['person', 'post'], fields: { in: 'rec:person', out: 'rec:post', pages: 'num', year: 'num' } },
  knows: { edge: ['person', 'person'], fields: { in: 'rec:person', out: 'rec:person', since: 'num', close: 'bool' } },
};

export const tableNames = Object.keys(tables);

/** Computed fields, by table: type and definition. None leads back to a record that is computed already. */
export const computed = {
  person: {
    total: ['num', 'IF type::is_int(age) AND age < 1000 THEN age * 2 ELSE 0 END'], label: ['str', "string::concat('#', name)"],
    twin: ['num', 'total + 1'], said: ['arrrec:comment', '<~comment'],
    best: ['arrrec:comment', '<~(comment WHERE stars > 3)'], loud: ['str', 'fn::loud(name)'],
  },
  post: {
    heat: ['num', 'count(SELECT id FROM comment WHERE post = $parent.id)'], writer: ['str', "author.name ?? 'x'"],
    labelled: ['str', 'author.label'],
  },
  comment: { rated: ['bool', 'stars > $most'] },
  wrote: { both: ['arr', '[in.name, out.title]'] },
};

/** What a data set may define besides tables and rows. */
export const definitions = [
  'DEFINE FIELD by ON comment TYPE option<record<person>> REFERENCE',
  'DEFINE FIELD post ON comment TYPE option<record<post>> REFERENCE',
  'DEFINE FIELD friends ON person TYPE option<array<record<person>>> REFERENCE',
  'DEFINE PARAM $most VALUE 3',
  "DEFINE PARAM $word VALUE 'Bob'",
  "DEFINE FUNCTION fn::loud($x: any) { RETURN string::concat('<', $x, '>') }",
  'DEFINE FUNCTION fn::age($p: any) -> any { LET $n = $p.age; RETURN IF type::is_number($n) { $n } ELSE { $most } }',
  'DEFINE FUNCTION fn::stars($p: any) { SELECT VALUE stars FROM comment WHERE by = $p }',
  ...Object.entries(computed).flatMap(([table, fields]) =>
    Object.entries(fields).map(([name, [, expression]]) => `DEFINE FIELD ${name} ON ${table} COMPUTED ${expression}`)),
];

const words = ['a', 'b', 'Bob', 'alice', 'É', 'zed', '', '10', '9', 'a b', 'x1', 'true', 'Straße', 'person:1', 'a,b', 'ünï', 'A', 'item 7', 'Жук', '中文', 'ĸ', '½'];

/** Makes record ids, values and whole records as SurrealQL text. */
export class Data {
  constructor(random) {
    this.random = random;
    /** Milliseconds since 1970 that `time::now()` stands for; null: nobody asks for it. */
    this.now = null;
    this.ids = Object.fromEntries(tableNames.map((table) => [table, this.#someIds(table)]));
  }

  #someIds(table) {
    const keys = ['1', '2', '3', '10', '-4', 'a', 'b', 'aa', '⟨1⟩', '⟨x y⟩', "['a', 1]", "['a', 2]", "['b']", '{ k: 1 }',
      "u'018f0000-0000-7000-8000-000000000001'"];
    return this.random.some(keys, 55).map((key) => `${table}:${key}`);
  }

  id(table) {
    return this.random.chance(8) || this.ids[table].length === 0 ? `${table}:gone` : this.random.pick(this.ids[table]);
  }

  number() {
    const { random } = this;
    return random.weighted([
      [40, () => String(random.between(-3, 12))], [6, () => String(random.between(-1000, 100000))],
      [18, () => `${random.between(-20, 80) / 4}f`], [10, () => `${random.between(-30, 90) / 10}dec`],
      [2, () => '9007199254740993'], [2, () => '9007199254740992f'], [2, () => '0.1'], [2, () => '0.1dec'],
      [1, () => 'NaN'], [1, () => '-0f'], [1, () => 'Infinity'], [1, () => '9223372036854775807'],
    ])();
  }

  string() { return JSON.stringify(this.random.pick(words)); }

  date() {
    const { random } = this;
    if (this.now !== null && random.chance(40)) return this.#soon();
    const two = (n) => String(n).padStart(2, '0');
    const fraction = random.chance(20) ? `.${random.between(1, 999999999)}` : '';
    return `d'${random.between(2022, 2025)}-${two(random.between(1, 12))}-${two(random.between(1, 28))}T${
      two(random.below(24))}:${two(random.below(60))}:${two(random.below(60))}${fraction}Z'`;
  }

  /** A time that the clock passes soon or has just passed, mostly on a whole second, as the clock is. */
  #soon() {
    const { random } = this;
    const seconds = new Date(this.now + random.between(-20, 40) * 1000).toISOString().slice(0, 19);
    return `d'${seconds}${random.chance(25) ? random.pick(['.000000001', '.5', '.999999999']) : ''}Z'`;
  }

  duration() { return this.random.pick(['1s', '90m', '1h30m', '2d', '1w', '0ns', '5ms', '1y', '36h', '1ns', '10µs']); }

  of(type) {
    const { random } = this;
    const several = (make) => `[${random.several(0, 3, make).join(', ')}]`;
    switch (type.split(':')[0]) {
      case 'num': return this.number();
      case 'str': return this.string();
      case 'bool': return random.pick(['true', 'false']);
      case 'date': return this.date();
      case 'dur': return this.duration();
      case 'uuid': return `u'018f0000-0000-7000-8000-00000000000${random.below(10)}'`;
      case 'arrstr': return several(() => this.string());
      case 'arrnum': return several(() => this.number());
      case 'rec': return this.id(type.split(':')[1]);
      case 'arrrec': return several(() => this.id(type.split(':')[1]));
      case 'arrobj': return several(() => `{ n: ${this.number()}, k: ${this.string()}${random.chance(30) ? `, o: [${this.number()}]` : ''} }`);
      case 'arr': return several(() => this.any());
      case 'obj': return `{ ${random.some(['city', 'lang'], 80).map((key) => `${key}: ${this.string()}`).concat(random.some(['zip', 'size'], 80).map((key) => `${key}: ${this.number()}`)).join(', ')} }`;
      case 'set': return `{${random.several(0, 3, () => this.number()).join(', ')},}`;
      case 'bytes': return `b'${random.pick(['', '61', '00ff'])}'`;
      case 'geo': return `(${random.between(-20, 20)}, ${random.between(-40, 40) / 2})`;
      default: return this.any();
    }
  }

  any() {
    const { random } = this;
    return random.weighted([
      [12, () => 'NONE'], [12, () => 'NULL'], [20, () => this.number()], [20, () => this.string()],
      [6, () => 'true'], [4, () => 'false'], [5, () => this.duration()], [5, () => this.date()],
      [6, () => this.of('arrnum')], [4, () => this.of('obj')], [6, () => this.id('person')],
      [3, () => this.of('uuid')], [2, () => this.of('set')], [1, () => '1..5'], [2, () => this.of('geo')], [2, () => this.of('bytes')],
    ])();
  }

  /** The members of one record, `name -> text`; nested ones are part of their object. */
  members(table) {
    const { random } = this;
    const members = {};
    for (const [name, type] of Object.entries(tables[table].fields)) {
      if (name.includes('.') || name === 'in' || name === 'out' || random.chance(12)) continue;
      members[name] = random.chance(2) ? this.any() : this.of(type);
    }
    return members;
  }
}

export const contentOf = (members) => `{ ${Object.entries(members).map(([name, value]) => `${name}: ${value}`).join(', ')} }`;
