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

export class Permissions {
  /** `parents`: whether conditions may say $parent, which inside a sub-query is another row in SurrealDB. */
  constructor({ random, data, coverage, parents }) {
    Object.assign(this, { random, data, coverage, parents });
    this.hidden = new Map(tableNames.map((table) => [table, []]));
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
    const { random } = this;
    const said = random.weighted([
      [22, () => this.#simple('FULL', 'PERMISSIONS FULL')], [8, () => this.#simple('NONE', 'PERMISSIONS NONE')], [4, () => this.#simple('unsaid', '')],
      [66, () => `PERMISSIONS FOR select WHERE ${this.#condition(table, 2)}`],
    ])();
    return `DEFINE TABLE ${again ? 'OVERWRITE ' : ''}${table}${tables[table].edge ? ' TYPE RELATION' : ''} SCHEMALESS ${said}`.trimEnd();
  }

  #simple(name, text) {
    this.#used('permission', name);
    return text;
  }

  #fields(table) {
    const names = this.random.some(hideable[table], 18);
    if (table === 'person' && this.random.chance(20) && !names.includes('id')) names.push('id');
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
    const used = (name, text) => { this.#used('field permission', name); return text; };
    const owner = this.#link(table, 'person');
    const [field] = random.pick(Object.entries(tables[table].fields).filter(([name]) => !name.includes('.')));
    return random.weighted([
      [20, () => used('NONE', 'NONE')], [6, () => used('FULL', 'FULL')],
      [15, () => used('$value', `WHERE $value ${random.pick(['=', '!=', '>', '<'])} ${data.number()}`)],
      [5, () => used('$value', `WHERE $value ${random.pick(['=', '!='])} ${data.string()}`)],
      [8, () => used('$this', `WHERE $this.${field} ${random.pick(['=', '!=', '>'])} ${data.any()}`)],
      [this.parents ? 20 : 0, () => used('$parent', `WHERE $parent.${field} ${random.pick(['=', '!=', '>'])} ${data.any()}`)],
      [15, () => used('owner', `WHERE ${owner} = ${random.pick(['$auth', '$auth.id'])}`)],
      [10, () => used('sibling', `WHERE ${field} ${random.pick(['=', '!=', '>'])} ${data.any()}`)],
      [6, () => used('hidden sibling', `WHERE ${random.pick(this.hidden.get(table).filter((name) => !name.includes('*')).concat('odd'))} != NONE`)],
      [10, () => used('$auth', `WHERE ${random.pick(['$auth.active', '$auth.age > 3', '$auth != NONE', 'id = $auth', '$auth.id = NONE'])}`)],
    ])();
  }

  /** A field of the table that links to such a record, or the row itself. */
  #link(table, to) {
    const links = Object.entries(tables[table].fields).filter(([, held]) => held === `rec:${to}`).map(([name]) => name);
    return table === to && this.random.chance(40) || !links.length ? 'id' : this.random.pick(links);
  }

  #condition(table, depth) {
    const { random, data } = this;
    const used = (name, text) => { this.#used('permission', name); return text; };
    const owner = this.#link(table, 'person');
    const fields = Object.entries(tables[table].fields).filter(([name]) => !name.includes('.'));
    const field = (type) => random.pick(fields.filter(([, held]) => held === type).map(([name]) => name).concat('odd'));
    const number = field('num'), text = field('str'), bool = field('bool');
    const list = fields.find(([, held]) => held.startsWith('arrrec'))?.[0];
    const other = random.pick(Object.entries({ post: 'author', comment: 'by', person: 'boss' }));
    const choices = [
      [14, () => used('owner', `${owner} = $auth`)],
      [10, () => used('owner by $auth.id', `${owner} = $auth.id`)],
      [list ? 14 : 0, () => used('own list', `${list} CONTAINS $auth`)],
      [8, () => used('field of $auth', random.pick(['$auth.active', `$auth.age ${random.pick(['>', '<='])} ${number}`, `$auth.name = ${text}`, `$auth.tags CONTAINS ${text}`, `${number} > $auth.score`]))],
      [6, () => used('link of $auth', random.pick([`$auth.boss = ${owner}`, '$auth.boss.active', `$auth.friends CONTAINS ${owner}`, `$auth.friends.boss CONTAINS ${owner}`]))],
      [6, () => used('link of a link', random.pick([`${owner}.active`, `${owner}.boss = $auth`, `${owner}.boss.id = $auth.id`, `${owner}.age > ${data.number()}`]))],
      [4, () => used('$access', `$access = 'app'`)],
      [5, () => used('$session', random.pick([`$session.ac = 'app'`, `$session.rd = ${owner}`, `$session.db != NONE AND ${bool}`, '$session.tk.AC = NONE']))],
      [5, () => used('$token', random.pick([`$token.AC = 'app'`, `$token.ID = <string> ${owner}`, `$token = NONE`]))],
      [4, () => used('signed in', `$auth != NONE AND ${number} ${random.pick(['>', '<='])} ${data.number()}`)],
      [4, () => used('guest', random.pick(['$auth = NONE', '$auth.id = NONE']))],
      [table === 'person' ? 12 : 0, () => used('own record', random.pick(['id = $auth', 'id = $auth.id', 'id != $auth']))],
      [9, () => used('count', `count(SELECT id FROM ${other[0]} WHERE ${other[1]} = $auth) > ${random.below(3)}`)],
      [6, () => used('sub-query', `${owner} IN (SELECT VALUE ${other[1]} FROM ${other[0]} WHERE ${random.pick(['odd', `${other[1]} != $auth`, 'id != NONE'])})`)],
      [5, () => used('sub-query of the row', `count(SELECT id FROM ${other[0]} WHERE ${other[1]} = $parent.${owner}) > ${random.below(3)}`)],
      [5, () => used('sub-query over all', `array::len((SELECT VALUE id FROM ${random.pick(tableNames)})) > ${random.between(1, 6)}`)],
      [7, () => used('GROUP ALL', `count(SELECT count() FROM ${other[0]} WHERE ${other[1]} = $auth GROUP ALL) = ${random.below(2)}`)],
      [4, () => used('record::exists', random.pick(['$auth = NONE OR record::exists($auth)', `record::exists(${data.id('person')})`, `${data.id('post')}.exists()`]))],
      [6, () => used('exists of a link', `type::is_record(${owner}) AND record::exists(${owner})`)],
      [table === 'person' ? 16 : 0, () => used('graph', random.pick(['count(->wrote) > 1', '->wrote->post.draft CONTAINS true', '<-knows<-person CONTAINS $auth', 'count(->knows->person) > 0']))],
      [table === 'post' ? 16 : 0, () => used('graph', random.pick(['<-wrote<-person CONTAINS $auth', 'count(<-wrote) > 0', '<-wrote<-person.age CONTAINS 3']))],
      [5, () => used('graph of $auth', random.pick([`$auth->wrote->post CONTAINS id`, `$auth->knows->person CONTAINS ${owner}`, 'count($auth->wrote) > 0']))],
      [tables[table].edge ? 12 : 0, () => used('edge', random.pick(['in = $auth', 'out = $auth', 'in.active', 'out.boss = $auth', 'in != $auth']))],
    ];
    if (depth > 0) choices.push(
      [8, () => used('AND', `(${this.#condition(table, depth - 1)}) AND (${this.#condition(table, depth - 1)})`)],
      [14, () => used('OR', `(${this.#condition(table, depth - 1)}) OR (${this.#condition(table, depth - 1)})`)],
      [4, () => used('not', `!(${this.#condition(table, depth - 1)})`)],
    );
    return random.weighted(choices)();
  }
}
