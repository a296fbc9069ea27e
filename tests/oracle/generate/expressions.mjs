// Random expressions of a wanted type over the fields of a table.
import { constants, functions } from './functions.mjs';
import { list, node, text } from './node.mjs';
import { computed, tables, tableNames } from './schema.mjs';

const scalar = ['num', 'str', 'bool', 'date', 'dur'];

const casts = {
  num: ['int', 'float', 'decimal', 'number'], str: ['string'], bool: ['bool'], arr: ['array', 'array<any>'],
  date: ['datetime'], dur: ['duration'], arrnum: ['array<number>'], set: ['set'],
};

/** What expressions may say of who asks, by type. */
const asked = {
  num: ['$auth.age', '$auth.score', '$auth.boss.age'], str: ['$auth.name', '$access', '$session.ac', '$token.ID', '$auth.boss.name'],
  bool: ['$auth.active', 'record::exists($auth ?? person:1)', '(boss ?? person:2).exists()', '$auth = NONE'],
  any: ['$auth', '$auth.*', '$session.rd', '$auth.odd', '$auth.boss', '$auth.{ id, name }'], arrstr: ['$auth.tags'], obj: ['$auth.address'],
  rec: ['$auth', '$auth.id', '$auth.boss', '$session.rd'], arr: ['$auth->wrote->post', '$auth.friends', '$auth->knows->person.name'],
};

const fallbacks = { num: '1', str: "'s'", bool: 'false', date: "d'2024-02-03T04:05:06Z'", dur: '1h', arr: '[2]', arrnum: '[1, 2]', arrstr: "['a']", obj: '{ city: 1 }', set: '{1,}', uuid: "u'018f0000-0000-7000-8000-000000000000'" };

/** What names mean at a place: the table of the row, the row around it, bound variables. */
export const scopeOf = (table, outer = null) => ({ table, outer, variables: [] });

export class Expressions {
  /** `calls`: a pattern for the names of the functions that may be called. */
  constructor({ random, data, coverage, params, calls = /./, session = false, defined = false }) {
    Object.assign(this, { random, data, coverage, params, session, defined });
    this.functions = functions.filter(({ name }) => calls.test(name));
    this.byResult = groupBy(this.functions);
    /** Set by the query generator: makes a sub-query of a scope. */
    this.subquery = null;
  }

  #used(name) { this.coverage.use('expression', name); }

  /** An expression of roughly `type`; `depth` bounds its nesting. */
  of(type, scope, depth) {
    const { random } = this;
    if (type.startsWith('rec:') || type === 'rec') return this.#record(type, scope, depth);
    if (constants[type]) return text(type, random.pick(constants[type]));
    if (depth <= 0) return this.leaf(type, scope);
    const make = random.weighted([
      [30, () => this.leaf(type, scope)], [22, () => this.#call(type, scope, depth)], [30, () => this.#operation(type, scope, depth)],
      [10, () => this.#control(type, scope, depth)], [8, () => this.#path(type, scope, depth)],
    ]);
    return make();
  }

  leaf(type, scope) {
    const { random } = this;
    if (scope.variables.length && random.chance(30)) return text(type, random.pick(scope.variables));
    if (this.defined && random.chance(20)) return this.#defined(type, scope);
    if (this.session && asked[type] && random.chance(6)) return this.#asker(type);
    if (type === 'date' && this.data.now !== null && random.chance(8)) return this.#now();
    if (random.chance(8)) return this.param(type);
    return random.chance(scope.table ? 65 : 0) ? this.field(type, scope) : this.literal(type);
  }

  /** What only the database's definitions make. */
  #defined(type, scope) {
    const { random } = this;
    const made = [];
    const ways = { num: ['$most'], str: ['$word'] }[type] ?? [];
    made.push(...ways.map((way) => ['defined param', way]));
    if (scope.table) {
      for (const [name, [held]] of Object.entries(computed[scope.table] ?? {}))
        if (held === type || type === 'any' || (type === 'arr' && held.startsWith('arr'))) made.push(['computed field', name]);
      const links = Object.entries(tables[scope.table].fields).filter(([, held]) => held.startsWith('rec:'));
      for (const [link, held] of links)
        for (const [name, [of]] of Object.entries(computed[held.slice(4)] ?? {}))
          if (of === type) made.push(['computed field of a link', `${link}.${name}`]);
      if (type === 'num') made.push(['defined function', scope.table === 'post' ? 'fn::age(author)' : 'fn::age(id)']);
      if (type === 'str') made.push(['defined function', 'fn::loud(id)']);
      if (type.startsWith('arr') && scope.table === 'person')
        made.push(['defined function', 'fn::stars(id)'], ['reference <~', random.pick(['<~comment', '<~person', '<~(person FIELD friends)', '<~?'])],
          ['reference <~', random.pick(['<~comment.stars', '<~(comment WHERE stars > 2).stars', '<~comment.rated'])]);
    }
    if (!made.length) return this.literal(type);
    const [kind, written] = random.pick(made);
    this.#used(kind);
    return text(type, written);
  }

  /** Something of who asks. */
  #asker(type) {
    this.#used('who asks');
    return text(type, this.random.pick(asked[type]));
  }

  #now() {
    this.coverage.use('function', 'time::now');
    return text('date', 'time::now()');
  }

  /** A comparison of a time with the clock, or one that says the same. */
  #due(scope) {
    const { random } = this;
    const op = random.pick(['<', '<=', '>', '>=', '=', '!=']);
    const length = random.pick(['1s', '5s', '20s', '500ms', '1h', '1ns']);
    const when = this.field('date', scope);
    this.#used('due time');
    return random.pick([
      () => node('bool')`(${when} ${op} ${this.#now()})`,
      () => node('bool')`(${when} ${op} ${this.#now()} ${random.pick(['+', '-'])} ${length})`,
      () => node('bool')`(${this.#now()} ${random.pick(['+', '-'])} ${length} ${op} ${when})`,
      () => node('bool')`(type::is_datetime(${when}) AND ${when} <= ${this.#now()} AND ${this.#now()} - ${when} ${op} ${length})`,
      () => node('bool')`(type::is_datetime(${when}) AND ${when} >= ${this.#now()} AND ${when} - ${this.#now()} ${op} ${length})`,
    ])();
  }

  literal(type) {
    this.#used(`literal ${type.split(':')[0]}`);
    const base = type === 'unknown' ? 'any' : type;
    return text(type, this.data.of(base));
  }

  param(type) {
    const names = Object.keys(this.params).filter((name) => this.params[name].type === type);
    const name = names.length && this.random.chance(80) ? this.random.pick(names) : `p${Object.keys(this.params).length}`;
    if (!this.params[name]) {
      if (Object.keys(this.params).length >= 6) return this.literal(type);
      // In a WHERE the engine turns a parameter into a literal, which makes sets arrays and ranges open.
      const sql = this.data.of(type === 'rec' ? 'rec:person' : type);
      if (/,\}|\d\.\./.test(sql)) return this.literal(type);
      this.params[name] = { type, sql };
    }
    this.#used('parameter');
    return text(type, `$${name}`);
  }

  /** Like `of`, but mostly with something in place of a missing value. */
  #present(type, scope, depth) {
    const made = this.of(type, scope, depth);
    if (!fallbacks[type] || this.random.chance(25)) return made;
    this.coverage.use('operator', '??');
    return node(type)`(${made} ?? ${fallbacks[type]})`;
  }

  /** Names of the table's fields that hold `type`. */
  names(type, table) {
    const fields = Object.entries(tables[table].fields);
    const fits = fields.filter(([, held]) => held === type || (type === 'rec' && held.startsWith('rec:')) || (type === 'arr' && held.startsWith('arr')) ||
      (type === 'any') || (type === 'arrrec' && held.startsWith('arrrec')));
    return fits.map(([name]) => name);
  }

  field(type, scope) {
    const { random } = this;
    const links = Object.entries(tables[scope.table].fields).filter(([, held]) => held.startsWith('rec:'));
    if (links.length && random.chance(15)) {
      const [link, held] = random.pick(links);
      const names = this.names(type, held.slice(4));
      if (names.length) {
        this.#used('record link');
        return text(type, `${link}.${random.pick(names)}`);
      }
    }
    if (scope.outer?.table && random.chance(25)) {
      const names = this.names(type, scope.outer.table);
      if (names.length) {
        this.#used('$parent');
        return text(type, `$parent.${random.pick(names)}`);
      }
    }
    const names = this.names(type, scope.table);
    if (!names.length) return this.literal(type);
    const name = random.pick(names);
    this.#used(name.includes('.') ? 'nested field' : 'field');
    if (random.chance(4)) {
      this.#used('$this');
      return text(type, `$this.${name}`);
    }
    if (random.chance(3)) return text(type, 'missing');
    return text(type, name);
  }

  #record(type, scope, depth) {
    const { random } = this;
    const table = type.includes(':') ? type.slice(4) : random.pick(tableNames);
    if (this.session && table === 'person' && random.chance(20)) return this.#asker('rec');
    const names = scope.table ? this.names(`rec:${table}`, scope.table) : [];
    if (names.length && random.chance(60)) return text(type, random.pick(names));
    if (scope.table === table && random.chance(30)) return text(type, 'id');
    if (scope.outer?.table === table && random.chance(60)) {
      this.#used('$parent');
      return text(type, '$parent.id');
    }
    this.#used('literal record');
    return text(type, this.data.id(table));
  }

  #call(type, scope, depth) {
    const { random } = this;
    const choices = type === 'any' ? this.functions : this.byResult.get(type);
    if (!choices?.length) return this.leaf(type, scope);
    return this.call(random.pick(choices), scope, depth, type);
  }

  /** A call of one function, now and then as a method. */
  call(chosen, scope, depth, type = chosen.gives) {
    const { random } = this;
    const args = chosen.takes.filter((taken) => !taken.endsWith('?') || random.chance(50))
      .map((taken) => this.#argument(taken.replace('?', ''), scope, depth - 1));
    const method = chosen.name.split('::').at(-1);
    const receivers = { string: 'str', array: 'arr', math: 'num', object: 'obj', time: 'date', duration: 'dur', set: 'set', record: 'rec' };
    const [family] = chosen.name.split('::');
    const asMethod = chosen.name.split('::').length === 2 && receivers[family] === args[0].type && random.chance(25) && !constants[chosen.takes[0]];
    this.coverage.use('function', chosen.name);
    if (!asMethod) return node(type)`${chosen.name}(${list(args)})`;
    this.#used('method call');
    return node(type)`(${args[0]}).${method}(${list(args.slice(1))})`;
  }

  #argument(type, scope, depth) {
    const { random } = this;
    if (constants[type]) return text(type, random.pick(constants[type]));
    if (type === 'arrdate') return node('arr')`[${list(random.several(1, 3, () => this.literal('date')))}]`;
    return random.chance(97) ? this.#present(type, scope, depth) : this.of('any', scope, depth);
  }

  #operation(type, scope, depth) {
    const { random } = this;
    const of = (wanted) => this.#present(wanted, scope, depth - 1);
    const op = (...names) => {
      const name = random.pick(names);
      this.coverage.use('operator', name);
      return name;
    };
    switch (type) {
      case 'num': return random.chance(12)
        ? node(type)`${op('-', '+')}(${of('num')})`
        : random.chance(8) ? node(type)`(${of('num')} ${op('**')} ${random.pick(['0', '1', '2', '3'])})`
          : node(type)`(${of('num')} ${op('+', '-', '*', '/', '%')} ${of('num')})`;
      case 'str': return node(type)`(${of('str')} ${op('+')} ${of('str')})`;
      case 'date': return node(type)`(${of('date')} ${op('+', '+', '-')} ${of('dur')})`;
      case 'dur': return random.chance(50) ? node(type)`(${of('dur')} ${op('+', '+', '+', '-')} ${of('dur')})` : node(type)`(${of('date')} ${op('-')} ${of('date')})`;
      case 'arr': case 'arrnum': case 'arrstr': return node(type)`(${of(type)} ${op('+', '-')} ${of(type)})`;
      case 'obj': return node(type)`{ city: ${of('str')}, zip: ${of('any')} }`;
      case 'any': return random.chance(50) ? node(type)`(${of('any')} ${op('??', '?:', 'OR', 'AND')} ${of('any')})` : this.of(random.pick([...scalar, 'arr', 'obj']), scope, depth - 1);
      case 'bool': return this.condition(scope, depth);
      default: return this.leaf(type, scope);
    }
  }

  /** Something to filter by. */
  condition(scope, depth) {
    const { random } = this;
    const of = (wanted) => this.of(wanted, scope, depth - 1);
    const op = (...names) => {
      const name = random.pick(names);
      this.coverage.use('operator', name);
      return name;
    };
    const kind = random.pick([...scalar, 'num', 'str', 'any', 'rec:person', 'rec:post']);
    return random.weighted([
      [this.data.now !== null && scope.table ? 10 : 0, () => this.#due(scope)],
      [30, () => node('bool')`(${of(kind)} ${op('=', '!=', '==', 'IS', 'IS NOT', '<', '<=', '>', '>=')} ${of(kind)})`],
      [10, () => node('bool')`(${this.leaf(kind, scope)} ${op('IN', 'NOT IN', 'INSIDE', 'NOTINSIDE')} [${list(random.several(0, 3, () => this.leaf(kind, scope)))}])`],
      [8, () => node('bool')`(${this.condition(scope, depth - 1)}) ${op('AND', 'OR', '&&', '||')} (${depth > 1 ? this.condition(scope, depth - 2) : this.leaf('bool', scope)})`],
      [4, () => node('bool')`(${op('!')}(${of(random.pick(['bool', 'any']))}))`],
      [6, () => node('bool')`(${of('arr')} ${op('CONTAINS', 'CONTAINSNOT')} ${of('any')})`],
      [5, () => node('bool')`(${of('arrstr')} ${op('CONTAINSALL', 'CONTAINSANY', 'CONTAINSNONE', 'ALLINSIDE', 'ANYINSIDE', 'NONEINSIDE')} ${of('arrstr')})`],
      [4, () => node('bool')`(${of('arrnum')} ${op('?=', '*=')} ${of('num')})`],
      [4, () => node('bool')`(${of('num')} ${op('IN')} ${random.pick(['1..5', '0..=3', '..4', '2..', '1>..6'])})`],
      [3, () => node('bool')`(${of('str')} ${op('CONTAINS', 'IN')} ${of('str')})`],
      [3, () => node('bool')`(${of('any')} ${op('=', 'IS NOT')} ${random.pick(['NONE', 'NULL'])})`],
      [2, () => node('bool')`(${this.leaf('str', scope)} ${op('=')} /a/)`],
    ])();
  }

  #control(type, scope, depth) {
    const { random } = this;
    const of = (wanted) => this.of(wanted, scope, depth - 1);
    return random.weighted([
      [30, () => { this.#used('IF THEN'); return node(type)`(IF ${of('bool')} THEN ${of(type)} ELSE ${of(type)} END)`; }],
      [10, () => { this.#used('IF { }'); return node(type)`(IF ${of('any')} { ${of(type)} } ELSE IF ${of('bool')} { ${of(type)} })`; }],
      [30, () => this.#cast(type, scope, depth)],
      [10, () => { this.#used('block'); return this.#block(type, scope, depth); }],
      [6, () => { this.#used('call of a closure'); return this.#invocation(type, scope, depth); }],
      [20, () => (this.subquery && depth > 1 ? this.subquery(type, scope, depth - 1) : this.leaf(type, scope))],
      [8, () => { this.#used('array literal'); return type.startsWith('arr') ? node(type)`[${of('any')}, ${of('num')}]` : this.leaf(type, scope); }],
    ])();
  }

  #cast(type, scope, depth) {
    const names = casts[type];
    if (!names) return this.leaf(type, scope);
    const name = this.random.pick(names);
    this.coverage.use('cast', name);
    const source = { num: 'num', str: 'any', bool: 'bool', date: 'date', dur: 'dur', arr: 'arr', arrnum: 'arrnum', set: 'arr' }[type];
    return node(type)`<${name}> (${this.of(source, scope, depth - 1)})`;
  }

  #block(type, scope, depth) {
    const inner = { ...scope, variables: [...scope.variables, '$b'] };
    return node(type)`{ LET $b = ${this.of(type, scope, depth - 1)}; ${this.of(type, inner, depth - 1)} }`;
  }

  /** A closure called by itself, or where a variable holds it. */
  #invocation(type, scope, depth) {
    const body = this.of(type, { ...scope, variables: [...scope.variables, '$c'] }, depth - 1);
    const given = this.of(type, scope, depth - 1);
    return this.random.chance(50) ? node(type)`(|$c| ${body})(${given})` : node(type)`{ LET $f = |$c| ${body}; $f(${given}) }`;
  }

  /** Ways into lists, objects, links and edges. */
  #path(type, scope, depth) {
    const { random } = this;
    if (!scope.table) return this.leaf(type, scope);
    const table = tables[scope.table];
    const holds = (held) => Object.entries(table.fields).filter(([, t]) => t === held).map(([name]) => name);
    const objects = holds('arrobj'), friends = Object.keys(table.fields).filter((name) => table.fields[name].startsWith('arrrec'));
    const choices = [];
    const add = (production, type, sql) => choices.push(() => { this.#used(production); return node(type)`${sql}`; });
    if (objects.length) {
      const [name] = objects;
      add('path [*]', 'arr', `${name}[*].n`); add('path map', 'arr', `${name}.n`); add('path [WHERE]', 'arr', `${name}[WHERE n > ${this.data.number()}].k`);
      add('path [n]', 'any', `${name}[${random.below(3)}].n`); add('path [$]', 'any', `${name}[$].k`); add('path slice', 'arr', `${name}[0..${random.below(3)}]`);
      add('path destructure', 'arr', `${name}.{ n }`); add('path closure', 'arr', `${name}.map(|$i| $i.n)`); add('path [?]', 'arr', `${name}[? k != NONE]`);
      add('path flatten', 'arr', `${name}.o…`);
    }
    if (friends.length) { add('path list of links', 'arr', `${friends[0]}.age`); add('path links of links', 'arr', `${friends[0]}.boss.name`); }
    if (scope.table === 'person') {
      add('graph ->', 'arr', '->wrote'); add('graph ->->', 'arr', '->wrote->post'); add('graph <-', 'arr', '<-knows<-person');
      add('graph field', 'arr', '->wrote->post.title'); add('graph WHERE', 'arr', `->(wrote WHERE pages > ${this.data.number()})->post`);
      add('graph <->', 'arr', '<->knows'); add('graph any', 'arr', '->?'); add('graph two', 'arr', '->(wrote, knows)'); add('graph edge field', 'arr', '->knows.since');
      add('graph [WHERE]', 'arr', `->wrote[WHERE year > ${random.between(1, 9)}].out`); add('graph SELECT', 'arr', '->(SELECT pages, id FROM wrote ORDER BY pages DESC, id LIMIT 2)');
      add('graph deep', 'arr', '->knows->person->wrote->post.likes'); add('graph count', 'num', 'count(->wrote)'); add('graph LIMIT', 'arr', '->(knows LIMIT 1)');
      add('recursion', 'any', 'boss.{..3}.boss'); add('recursion exact', 'any', 'boss.{1}.name'); add('recursion graph', 'any', 'id.{1..2}->knows->person');
      const bounds = random.pick(['..2', '..3', '2', '1..2', '2..3']);
      add('recursion @', 'any', `id.{${bounds}}.{ name, next: boss.@ }`); add('recursion @', 'any', `@.{${bounds}}.{ age, met: ->knows->person.@ }`);
      add('recursion @', 'any', `id.{${bounds}}.{ id, all: friends.@, next: boss.@.name }`); add('path @', 'any', '@.boss.name'); add('path @', 'arr', '@->knows->person');
      add('path object destructure', 'any', 'address.{ city, zip }'); add('path link destructure', 'any', 'boss.{ name, age }'); add('path link *', 'any', 'boss.*');
    }
    if (scope.table === 'post') { add('graph <-', 'arr', '<-wrote<-person.name'); add('path link link', 'any', 'author.boss.name'); add('graph <-', 'arr', '<-wrote'); }
    add('path optional', 'any', `${random.pick(['boss', 'author', 'odd'])}.?.name`);
    add('path missing', 'any', 'odd.x.y'); add("path ['x']", 'any', "address['city']");
    const made = random.pick(choices)();
    return type === 'any' || made.type === type || random.chance(25) ? made : this.leaf(type, scope);
  }
}

function groupBy(items) {
  const groups = new Map();
  for (const item of items) groups.set(item.gives, [...(groups.get(item.gives) ?? []), item]);
  return groups;
}
