// Random data: the statements that fill the tables, and batches of writes after that.
import { contentOf, Data, tableNames, tables } from './schema.mjs';

export class Writes {
  constructor(random) {
    this.random = random;
    this.data = new Data(random);
  }

  /** Statements that define the tables, then `definitions`, and create the first records. */
  setup(definitions = []) {
    const define = tableNames.map((table) => `DEFINE TABLE ${table}${tables[table].edge ? ' TYPE RELATION' : ''}`);
    const created = tableNames.filter((table) => !tables[table].edge)
      .flatMap((table) => this.data.ids[table].filter(() => this.random.chance(80)).map((id) => this.#create(id, table)));
    const related = ['wrote', 'knows'].flatMap((table) => this.data.ids[table].map((id) => this.#relate(id, table)));
    return [...define, ...definitions, ...created, ...related];
  }

  #create(id, table) { return `CREATE ${id} CONTENT ${contentOf(this.data.members(table))} RETURN NONE`; }

  #relate(id, table) {
    const [from, to] = tables[table].edge;
    const members = this.data.members(table);
    return `RELATE ${this.data.id(from)}->${id}->${this.data.id(to)} CONTENT ${contentOf(members)} RETURN NONE`;
  }

  /** Begins the clock; what is written from now on may be about to happen. */
  begin() {
    this.data.now = Date.UTC(this.random.between(2022, 2025), this.random.below(12), this.random.between(1, 28), this.random.below(24), 0, this.random.below(60));
    return this.data.now;
  }

  /** Lets time pass: the pseudo-statement that says when it is now. */
  pass() {
    const { random, data } = this;
    data.now += random.pick([1, 500, 1000, 1000, 2000, 5000, 13_000, 3_600_000, 86_400_000]);
    return `TIME ${data.now}`;
  }

  /** One transaction's statements. */
  batch() { return this.random.several(1, 4, () => this.#write()); }

  #write() {
    const { random, data } = this;
    const table = random.weighted([[40, 'person'], [30, 'post'], [15, 'comment'], [9, 'wrote'], [6, 'knows']]);
    const id = data.ids[table].length ? random.pick(data.ids[table]) : `${table}:new`;
    const fields = Object.entries(tables[table].fields).filter(([name]) => !['in', 'out'].includes(name));
    const [name, type] = random.pick(fields);
    const value = random.chance(10) ? data.any() : data.of(type);
    return random.weighted([
      [45, () => `UPDATE ${id} SET ${name} = ${value} RETURN NONE`],
      [15, () => `DELETE ${id} RETURN NONE`],
      [25, () => (tables[table].edge ? this.#relate(id, table) : `UPSERT ${id} CONTENT ${contentOf(data.members(table))} RETURN NONE`)],
      [5, () => `UPDATE ${table} SET ${name} = ${value} RETURN NONE`],
      [5, () => `UPDATE ${id} UNSET ${name} RETURN NONE`],
      [5, () => `UPDATE ${id} MERGE { ${random.pick(['tags', 'labels', 'extra'])}: [${data.string()}] } RETURN NONE`],
    ])();
  }
}
