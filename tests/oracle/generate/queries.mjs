// Random SELECTs.
import { Expressions, scopeOf } from './expressions.mjs';
import { list, node, Query, text } from './node.mjs';
import { tableNames, tables } from './schema.mjs';

const types = ['num', 'str', 'bool', 'any', 'arr', 'date', 'dur', 'obj', 'rec:person', 'arrnum', 'arrstr', 'set'];
const numeric = ['math::sum', 'math::mean', 'math::min', 'math::max', 'math::stddev', 'math::variance', 'math::median'];

export class Queries {
  /** `session`: whether expressions may ask who asks; `defined`: may use what the database defines. */
  constructor({ random, data, coverage, calls, session = false, defined = false }) {
    Object.assign(this, { random, data, coverage, calls, session, defined });
    this.params = {};
    this.expressions = new Expressions(this);
    this.expressions.subquery = (type, scope, depth) => this.#inExpression(type, scope, depth);
  }

  #used(name) { this.coverage.use('clause', name); }

  /** `{query, params}`: one statement and the values of its parameters as text. */
  next() {
    for (const name of Object.keys(this.params)) delete this.params[name];
    const query = this.random.chance(4) ? this.#returned() : this.select(null, 3);
    const params = Object.fromEntries(Object.entries(this.params).map(([name, { sql }]) => [name, sql]));
    return { query, params };
  }

  /** The function whose turn it is, by itself: all of them in so many turns. */
  sweep(turn) {
    for (const name of Object.keys(this.params)) delete this.params[name];
    const { functions } = this.expressions;
    const called = this.expressions.call(functions[turn % functions.length], scopeOf(null), 1);
    return { query: node('statement')`RETURN ${called}`, params: Object.fromEntries(Object.entries(this.params).map(([name, { sql }]) => [name, sql])) };
  }

  #returned() {
    this.#used('RETURN');
    return node('statement')`RETURN ${this.expressions.of(this.random.pick(types), scopeOf(null), 3)}`;
  }

  select(outer, depth) {
    const { random } = this;
    const table = random.weighted([[40, 'person'], [28, 'post'], [14, 'comment'], [12, 'wrote'], [6, 'knows']]);
    const scope = scopeOf(table, outer);
    if (random.chance(18)) return this.#grouped(scope, depth);
    const query = new Query({ fields: [], from: this.#from(scope, depth), noindex: random.chance(3) });
    if (random.chance(60)) { this.#used('WHERE'); query.where = this.expressions.condition(scope, depth); }
    if (random.chance(15)) this.#value(query, scope, depth);
    else this.#fields(query, scope, depth);
    if (!query.value && random.chance(6)) this.#split(query, scope);
    if (!query.value) this.#order(query, scope);
    this.#limit(query, scope);
    if (!query.value && query.fields.includes('*') && random.chance(8)) this.#fetch(query, table);
    if (!query.value && random.chance(5)) { this.#used('OMIT'); query.omit = [random.pick(['odd', 'address.zip', 'meta.size', 'tags', 'items.n', 'missing'])]; }
    if (random.chance(2)) { this.#used('TIMEOUT'); query.timeout = random.chance(40) ? this.#given('TIMEOUT', '10s') : random.pick(['10s', '5s + 5s']); }
    return query;
  }

  #from(scope, depth) {
    const { random, data } = this;
    const { table } = scope;
    const kind = random.weighted([
      [66, 'table'], [4, 'tables'], [6, 'record'], [6, 'records'], [6, 'range'], [4, 'parameter'], [4, 'subquery'], [2, 'function'], [2, 'graph'],
    ]);
    this.#used(`FROM ${kind}`);
    switch (kind) {
      case 'tables': return [text('table', table), text('table', random.pick(tableNames.filter((other) => other !== table)))];
      case 'record': return [text('rec', data.id(table))];
      case 'records': scope.guarded = true; return [text('arr', `[${random.several(0, 4, () => data.id(table)).join(', ')}]`)];
      case 'range': return [text('range', `${table}:${random.pick(['1..3', '..', '1..=10', '..a', 'a..', '-4>..3', "['a']..['b']", "['a', 1]..=['a', 9]", 'a..=b'])}`)];
      case 'parameter': {
        scope.guarded = true;
        this.params.ids = { type: 'ids', sql: `[${random.several(0, 4, () => data.id(table)).join(', ')}]` };
        return [text('arr', '$ids')];
      }
      case 'subquery': return [node('subquery')`(SELECT * FROM ${table} WHERE ${this.expressions.condition(scope, Math.min(depth, 2))})`];
      case 'function': return [text('computed table', `type::table('${table}')`)];
      case 'graph': scope.table = 'post'; scope.guarded = true; return [text('arr', `${data.id('person')}->wrote->post`)];
      default: return [text('table', table)];
    }
  }

  #fields(query, scope, depth) {
    const { random } = this;
    // A list of ids with plain fields and no WHERE fails in the engine (notes, section 6.4).
    if (scope.guarded || random.chance(45)) { this.#used('*'); query.fields.push('*'); }
    const extra = random.between(query.fields.length ? 0 : 1, 3);
    for (let i = 0; i < extra; i++) query.fields.push(this.#field(scope, depth, i));
    if (!query.fields.includes('*')) query.fields.unshift({ expression: text('rec', 'id') });
  }

  #field(scope, depth, i) {
    const { random } = this;
    if (random.chance(30)) {
      const names = Object.keys(tables[scope.table].fields);
      this.#used('field');
      return { expression: text('any', random.pick(names)) };
    }
    this.#used('AS');
    const expression = random.chance(14) ? this.#related(scope, depth) : this.expressions.of(random.pick(types), scope, depth);
    return { expression, alias: `f${i}` };
  }

  /** A sub-query whose rows belong to the row around it. */
  #related(scope, depth) {
    const { random } = this;
    this.#used('related sub-query');
    const links = tableNames.flatMap((table) => Object.entries(tables[table].fields)
      .filter(([, held]) => held === `rec:${scope.table}`).map(([name]) => ({ table, name })));
    if (!links.length) return this.expressions.of('arr', scope, depth);
    const { table, name } = random.pick(links);
    const inner = scopeOf(table, scope);
    const query = new Query({ fields: ['*'], from: [text('table', table)], where: node('bool')`${name} = $parent.id` });
    if (random.chance(40)) query.where = node('bool')`${query.where} AND ${this.expressions.condition(inner, 1)}`;
    if (depth > 1 && random.chance(25)) query.fields.push({ expression: this.#related(inner, depth - 1), alias: 'nested' });
    if (random.chance(20)) query.fields = [{ expression: text('any', 'id') }, { expression: this.expressions.of('any', inner, 1), alias: 'x' }];
    if (random.chance(40)) this.#order(query, inner, true);
    if (random.chance(30)) query.limit = text('num', String(random.between(0, 3)));
    const made = node('arr')`(${query})`;
    return random.chance(25) ? node('any')`${made}[0]` : made;
  }

  #inExpression(type, scope, depth) {
    const { random } = this;
    this.#used('sub-query in expression');
    const table = random.pick(tableNames);
    const inner = scopeOf(table, scope);
    const query = new Query({ fields: [{ expression: this.expressions.leaf(type, inner) }], value: true, from: [text('table', table)] });
    if (random.chance(70)) query.where = this.expressions.condition(inner, Math.min(depth, 2));
    if (random.chance(40)) query.limit = text('num', String(random.between(0, 3)));
    const made = node(type.startsWith('arr') ? type : 'arr')`(${query})`;
    return type.startsWith('arr') ? made : node(type)`${made}[0]`;
  }

  #value(query, scope, depth) {
    this.#used('VALUE');
    query.value = true;
    const type = scope.guarded ? 'obj' : this.random.pick(types);
    query.fields = [{ expression: scope.guarded ? text('obj', '$this') : this.expressions.of(type, scope, depth) }];
  }

  #split(query, scope) {
    const names = Object.entries(tables[scope.table].fields).filter(([, held]) => held.startsWith('arr')).map(([name]) => name);
    if (!names.length) return;
    this.#used('SPLIT');
    const name = this.random.pick(names);
    if (!query.fields.includes('*')) query.fields.push({ expression: text('arr', name) });
    query.split = [name];
  }

  /** ORDER BY always ends with what makes the order total. */
  #order(query, scope, always = false) {
    const { random } = this;
    if (!always && !random.chance(35)) return;
    this.#used('ORDER BY');
    const star = query.fields.includes('*');
    // Ordered by a sub-query's alias, the engine applies that sub-query's LIMIT before its ORDER BY.
    const selected = query.fields.filter((field) => field !== '*' && !String(field.expression).includes('SELECT')).map(({ expression, alias }) => alias ?? String(expression)).filter((name) => /^[a-z0-9.]+$/.test(name));
    const names = star ? [...Object.keys(tables[scope.table].fields), ...selected.filter((name) => /^f\d/.test(name))] : selected;
    if (!names.length) return;
    query.order = random.several(1, 2, () => {
      const collate = random.chance(8) ? ' COLLATE' : '';
      const numericOrder = random.chance(8) ? ' NUMERIC' : '';
      if (collate) this.#used('COLLATE');
      if (numericOrder) this.#used('NUMERIC');
      const direction = random.pick(['', ' ASC', ' DESC']);
      if (direction) this.#used(direction.trim());
      return `${random.pick(names)}${collate}${numericOrder}${direction}`;
    });
    for (const name of query.split ?? []) query.order.push(name);
    query.order.push(star || selected.includes('id') ? 'id' : names[0]);
  }

  #limit(query, scope) {
    const { random } = this;
    // The engine applies LIMIT before ORDER BY where FROM computes the table's name, and
    // pushes the LIMIT of a SPLIT without ORDER below the split, and forgets START there.
    if (query.order && query.from[0].type === 'computed table') return;
    const unsplit = !query.split || query.order;
    // Whether an error in a row that LIMIT 0 would drop surfaces depends on the engine's plan.
    const bound = (least) => (random.chance(80) ? text('num', String(random.between(least, 6))) : node('num')`${random.between(1, 3)} + 1`);
    if (unsplit && random.chance(22)) { this.#used('LIMIT'); query.limit = bound(query.where ? 1 : 0); }
    if (unsplit && random.chance(10)) { this.#used('START'); query.start = bound(0); }
    if (query.from.length === 1 && query.from[0].type === 'rec' && random.chance(40)) { this.#used('ONLY'); query.only = true; }
  }

  #fetch(query, table) {
    const names = Object.entries(tables[table].fields).filter(([, held]) => held.startsWith('rec:') || held.startsWith('arrrec')).map(([name]) => name);
    if (!names.length) return;
    this.#used('FETCH');
    query.fetch = this.random.some(names, 60);
    if (names.includes('boss') && this.random.chance(30)) query.fetch.push('boss.boss');
    if (this.random.chance(25)) query.fetch = [this.#given('FETCH', `'${this.random.pick(names)}'`)];
    else if (this.random.chance(15)) query.fetch.push(`type::field('${this.random.pick(names)}')`);
  }

  /** A parameter that holds `sql`, for a clause that takes a name or a duration. */
  #given(clause, sql) {
    this.#used(`${clause} parameter`);
    this.params[clause.toLowerCase()] = { type: clause, sql };
    return `$${clause.toLowerCase()}`;
  }

  #grouped(scope, depth) {
    const { random } = this;
    const { table } = scope;
    const query = new Query({ fields: [], from: [text('table', table)], noindex: false });
    if (random.chance(50)) { this.#used('WHERE'); query.where = this.expressions.condition(scope, 2); }
    const aggregates = random.several(1, 3, (_, i) => ({ expression: this.#aggregate(scope), alias: `g${query.fields.length}` }))
      .map((field, i) => ({ ...field, alias: `g${i}` }));
    if (random.chance(40)) {
      this.#used('GROUP ALL');
      query.group = 'ALL';
      query.fields = aggregates;
      return query;
    }
    this.#used('GROUP BY');
    const names = Object.keys(tables[table].fields).filter((name) => !['items', 'place', 'pool'].includes(name));
    const keys = [...new Set(random.several(1, 2, () => random.pick(names)))];
    query.group = [...keys];
    query.fields = [...keys.map((name) => ({ expression: text('any', name) })), ...aggregates];
    if (random.chance(20)) {
      const computed = random.pick(['age > 3', 'string::len(<string> odd)', 'type::of(odd)', "time::group(at ?? d'2024-01-01', 'month')"]);
      query.fields.push({ expression: text('any', computed), alias: 'k' });
      query.group.push('k');
    }
    if (random.chance(30)) {
      this.#used('ORDER BY of groups');
      query.order = [...random.pick([['g0'], ['g0 DESC'], []]), ...query.group];
      if (random.chance(50)) query.limit = text('num', String(random.between(1, 4)));
    }
    return query;
  }

  #aggregate(scope) {
    const { random } = this;
    const number = () => this.expressions.leaf('num', { ...scope, outer: null });
    const kind = random.weighted([[25, 'count()'], [12, 'count(x)'], [35, 'numeric'], [8, 'array::group'], [8, 'array::distinct'], [8, 'time'], [4, 'plain'], [8, 'arithmetic']]);
    this.#used(`aggregate ${kind}`);
    switch (kind) {
      case 'count()': return text('num', 'count()');
      case 'count(x)': return node('num')`count(${this.expressions.condition({ ...scope, outer: null }, 1)})`;
      case 'array::group': return node('arr')`array::group(${this.expressions.field('any', scope)})`;
      case 'array::distinct': return node('arr')`array::distinct(${this.expressions.field('any', scope)})`;
      case 'time': return node('date')`${random.pick(['time::min', 'time::max'])}(${this.expressions.field('date', scope)})`;
      case 'plain': return this.expressions.field('any', { ...scope, outer: null });
      case 'arithmetic': return node('num')`${random.pick(numeric.slice(0, 4))}(${number()}) * 2 + count()`;
      default: {
        const name = random.pick(numeric);
        this.coverage.use('aggregate', name);
        return node('num')`${name}(${number()})`;
      }
    }
  }
}
