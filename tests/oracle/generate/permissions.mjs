// Random PERMISSIONS FOR select of the generator's tables and fields, and how they change.
import { tableNames, tables } from './schema.mjs';

/** What a run with --permissions must have used: its report names those that it did not. */
export const permissionProductions = {
  permission: ['NONE', 'FULL', 'unsaid', 'owner', 'owner by $auth.id', 'own list', 'field of $auth', 'link of $auth', 'link of a link', '$access', '$session', '$token',
    'signed in', 'guest', 'own record', 'count', 'sub-query', 'sub-query of the row', 'sub-query over all', 'GROUP ALL', 'record::exists', 'exists of a link', 'graph', 'graph of $auth', 'edge', 'AND', 'OR', 'not'],
  'field permission': ['NONE', 'FULL', '$value', '$this', '$parent', 'owner', 'sibling', 'hidden sibling', '$auth', 'nested', 'elements', 'members of elements', 'id'],
  change: ['table', 'field', 'REMOVE FIELD', 'account deleted'],
  user: ['system', 'record', 'guest', 'deleted', 'hidden from himself'],
};

/** Fields that may be hidden; of each list at most one inner name, for SurrealDB counts elements wrongly after the first. */
const hideable = {
  person: ['name', 'age', 'score', 'active', 'boss', 'friends', 'items', 'items.*.n', 'marks.*', 'tags.*', 'address.city', 'address', 'odd', 'friends.*', 'id'],
  post: ['title', 'likes', 'author', 'meta.lang', 'meta', 'labels.*', 'odd', 'draft'],
  comment: ['post', 'by', 'stars', 'body'],
  wrote: ['pages', 'year', 'out'],
  knows: ['since', 'close', 'in'],
};

/** What a field's rule is about, and not what it says: the choice of the field decides. */
const places = ['nested', 'elements', 'members of elements', 'id'];

/** How many productions each data set must use, besides what chance gives it. */
const DUE = { permission: 3, 'field permission': 2 };

export class Permissions {
  /**
   * `parents`: whether conditions may say $parent, which inside a sub-query is another row in SurrealDB. Data sets of consecutive seeds
   * must use one production after the other.
   */
  constructor({ random, data, coverage, parents, seed }) {
    Object.assign(this, { random, data, coverage, parents });
    this.hidden = new Map(tableNames.map((table) => [table, []]));
    this.due = Object.fromEntries(Object.entries(DUE).map(([kind, times]) => {
      const names = permissionProductions[kind].filter((name) => !places.includes(name));
      return [kind, Array.from({ length: times }, (_, i) => names[(seed * times + i) % names.length])];
    }));
  }

  /** Statements that define all tables. */
  definitions() {
    return tableNames.flatMap((table) => [this.#table(table), ...this.#fields(table)]);
  }

  /** Statements that change what is shown. */
  change() {
    const { random } = this;
    const table = random.weighted([[40, 'person'], [30, 'post'], [10, 'comment'], [10, 'wrote'], [10, 'knows']]);
    return random.weighted([
      [50, () => { this.#used('change', 'table'); return [this.#table(table, true)]; }],
      [35, () => { this.#used('change', 'field'); return [this.#field(table, random.pick(hideable[table]))]; }],
      [15, () => this.#remove(table)],
    ])();
  }

  #used(kind, name) { this.coverage.use(kind, name); }

  #remove(table) {
    const known = this.hidden.get(table);
    if (!known.length) return [this.#table(table, true)];
    this.#used('change', 'REMOVE FIELD');
    const [name] = known.splice(this.random.below(known.length), 1);
    return [`REMOVE FIELD IF EXISTS ${name} ON ${table}`];
  }

  #table(table, again = false) {
    const said = this.#choose('permission', [
      [22, 'FULL', () => 'PERMISSIONS FULL'], [8, 'NONE', () => 'PERMISSIONS NONE'], [4, 'unsaid', () => ''],
      ...this.#conditions(table, 2).map(([weight, name, make]) => [weight / 3, name, () => `PERMISSIONS FOR select WHERE ${make()}`]),
    ]);
    return `DEFINE TABLE ${again ? 'OVERWRITE ' : ''}${table}${tables[table].edge ? ' TYPE RELATION' : ''} SCHEMALESS ${said}`.trimEnd();
  }

  /** What is due, if it is among the choices `[weight, name, make]`; else one of them. */
  #choose(kind, choices) {
    const possible = choices.filter(([weight]) => weight > 0);
    const due = this.due[kind].findIndex((name) => possible.some(([, other]) => other === name));
    const [wanted] = due < 0 ? [] : this.due[kind].splice(due, 1);
    const name = wanted ?? this.random.weighted(possible.map(([weight, other]) => [Math.ceil(weight), other]));
    this.#used(kind, name);
    return possible.find(([, other]) => other === name)[2]();
  }

  #fields(table) {
    const names = this.random.some(hideable[table], 18);
    if (table === 'person' && this.random.chance(20) && !names.includes('id')) names.push('id');
    if (!names.length && this.due['field permission'].length) names.push(this.random.pick(hideable[table]));
    return names.filter((name) => !this.#conflicts(table, name)).map((name) => this.#field(table, name));
  }

  #conflicts(table, name) {
    const [first] = name.split('.');
    return this.hidden.get(table).some((other) => other !== name && other.split('.')[0] === first && /\*/.test(other + name));
  }

  #field(table, name) {
    if (this.#conflicts(table, name)) return this.#table(table, true);
    const known = this.hidden.get(table);
    if (!known.includes(name)) known.push(name);
    if (name === 'id') this.#used('field permission', 'id');
    else if (/\*\./.test(name)) this.#used('field permission', 'members of elements');
    else if (/\*/.test(name)) this.#used('field permission', 'elements');
    else if (/\./.test(name)) this.#used('field permission', 'nested');
    const type = ['in', 'out'].includes(name) ? ' TYPE record' : '';
    return `DEFINE FIELD OVERWRITE ${name} ON ${table}${type} PERMISSIONS FOR select ${this.#shown(table)}`;
  }

  /** Who sees a field. */
  #shown(table) {
    const { random, data } = this;
    const owner = this.#link(table, 'person');
    const [field] = random.pick(Object.entries(tables[table].fields).filter(([name]) => !name.includes('.')));
    return this.#choose('field permission', [
      [20, 'NONE', () => 'NONE'], [6, 'FULL', () => 'FULL'],
      [20, '$value', () => `WHERE $value ${random.pick([`${random.pick(['=', '!=', '>', '<'])} ${data.number()}`, `${random.pick(['=', '!='])} ${data.string()}`])}`],
      [8, '$this', () => `WHERE $this.${field} ${random.pick(['=', '!=', '>'])} ${data.any()}`],
      [this.parents ? 20 : 0, '$parent', () => `WHERE $parent.${field} ${random.pick(['=', '!=', '>'])} ${data.any()}`],
      [15, 'owner', () => `WHERE ${owner} = ${random.pick(['$auth', '$auth.id'])}`],
      [10, 'sibling', () => `WHERE ${field} ${random.pick(['=', '!=', '>'])} ${data.any()}`],
      [6, 'hidden sibling', () => `WHERE ${random.pick(this.hidden.get(table).filter((name) => !name.includes('*')).concat('odd'))} != NONE`],
      [10, '$auth', () => `WHERE ${random.pick(['$auth.active', '$auth.age > 3', '$auth != NONE', 'id = $auth', '$auth.id = NONE'])}`],
    ]);
  }

  /** A field of the table that links to such a record, or the row itself. */
  #link(table, to) {
    const links = Object.entries(tables[table].fields).filter(([, held]) => held === `rec:${to}`).map(([name]) => name);
    return table === to && this.random.chance(40) || !links.length ? 'id' : this.random.pick(links);
  }

  #condition(table, depth) { return this.#choose('permission', this.#conditions(table, depth)); }

  /** Conditions on a row, `[weight, name, make]`. */
  #conditions(table, depth) {
    const { random, data } = this;
    const owner = this.#link(table, 'person');
    const fields = Object.entries(tables[table].fields).filter(([name]) => !name.includes('.'));
    const field = (type) => random.pick(fields.filter(([, held]) => held === type).map(([name]) => name).concat('odd'));
    const number = field('num'), text = field('str'), bool = field('bool');
    const list = fields.find(([, held]) => held.startsWith('arrrec'))?.[0];
    const other = random.pick(Object.entries({ post: 'author', comment: 'by', person: 'boss' }));
    const choices = [
      [14, 'owner', () => `${owner} = $auth`],
      [10, 'owner by $auth.id', () => `${owner} = $auth.id`],
      [list ? 14 : 0, 'own list', () => `${list} CONTAINS $auth`],
      [8, 'field of $auth', () => random.pick(['$auth.active', `$auth.age ${random.pick(['>', '<='])} ${number}`, `$auth.name = ${text}`, `$auth.tags CONTAINS ${text}`, `${number} > $auth.score`])],
      [6, 'link of $auth', () => random.pick([`$auth.boss = ${owner}`, '$auth.boss.active', `$auth.friends CONTAINS ${owner}`, `$auth.friends.boss CONTAINS ${owner}`])],
      [6, 'link of a link', () => random.pick([`${owner}.active`, `${owner}.boss = $auth`, `${owner}.boss.id = $auth.id`, `${owner}.age > ${data.number()}`])],
      [4, '$access', () => `$access = 'app'`],
      [5, '$session', () => random.pick([`$session.ac = 'app'`, `$session.rd = ${owner}`, `$session.db != NONE AND ${bool}`, '$session.tk.AC = NONE'])],
      [5, '$token', () => random.pick([`$token.AC = 'app'`, `$token.ID = <string> ${owner}`, `$token = NONE`])],
      [4, 'signed in', () => `$auth != NONE AND ${number} ${random.pick(['>', '<='])} ${data.number()}`],
      [4, 'guest', () => random.pick(['$auth = NONE', '$auth.id = NONE'])],
      [table === 'person' ? 12 : 0, 'own record', () => random.pick(['id = $auth', 'id = $auth.id', 'id != $auth'])],
      [9, 'count', () => `count(SELECT id FROM ${other[0]} WHERE ${other[1]} = $auth) > ${random.below(3)}`],
      [6, 'sub-query', () => `${owner} IN (SELECT VALUE ${other[1]} FROM ${other[0]} WHERE ${random.pick(['odd', `${other[1]} != $auth`, 'id != NONE'])})`],
      [5, 'sub-query of the row', () => `count(SELECT id FROM ${other[0]} WHERE ${other[1]} = $parent.${owner}) > ${random.below(3)}`],
      [5, 'sub-query over all', () => `array::len((SELECT VALUE id FROM ${random.pick(tableNames)})) > ${random.between(1, 6)}`],
      [7, 'GROUP ALL', () => `count(SELECT count() FROM ${other[0]} WHERE ${other[1]} = $auth GROUP ALL) = ${random.below(2)}`],
      [4, 'record::exists', () => random.pick(['$auth = NONE OR record::exists($auth)', `record::exists(${data.id('person')})`, `${data.id('post')}.exists()`])],
      [6, 'exists of a link', () => `type::is_record(${owner}) AND record::exists(${owner})`],
      [table === 'person' ? 16 : 0, 'graph', () => random.pick(['count(->wrote) > 1', '->wrote->post.draft CONTAINS true', '<-knows<-person CONTAINS $auth', 'count(->knows->person) > 0'])],
      [table === 'post' ? 16 : 0, 'graph', () => random.pick(['<-wrote<-person CONTAINS $auth', 'count(<-wrote) > 0', '<-wrote<-person.age CONTAINS 3'])],
      [5, 'graph of $auth', () => random.pick([`$auth->wrote->post CONTAINS id`, `$auth->knows->person CONTAINS ${owner}`, 'count($auth->wrote) > 0'])],
      [tables[table].edge ? 12 : 0, 'edge', () => random.pick(['in = $auth', 'out = $auth', 'in.active', 'out.boss = $auth', 'in != $auth'])],
    ];
    if (depth > 0) choices.push(
      [8, 'AND', () => `(${this.#condition(table, depth - 1)}) AND (${this.#condition(table, depth - 1)})`],
      [14, 'OR', () => `(${this.#condition(table, depth - 1)}) OR (${this.#condition(table, depth - 1)})`],
      [4, 'not', () => `!(${this.#condition(table, depth - 1)})`],
    );
    return choices;
  }
}
