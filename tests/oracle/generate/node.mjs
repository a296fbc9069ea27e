// Generated SurrealQL as a tree of text pieces, so that a failing query can be cut down piece by
// piece and still be a query.

/** An expression: texts and expressions or queries in turn, and the type its value should have. */
export class Expression {
  constructor(type, parts) {
    this.type = type;
    this.parts = parts;
  }

  toString() { return this.parts.join(''); }

  copy() { return new Expression(this.type, this.parts.map((part) => part.copy?.() ?? part)); }

  get inner() { return this.parts.filter((part) => typeof part !== 'string'); }
}

export const text = (type, sql) => new Expression(type, [sql]);

/** ``node(type)`a ${b} c` ``. */
export const node = (type) => (strings, ...values) => {
  const parts = [strings[0]];
  values.forEach((value, i) => parts.push(value instanceof Object ? value : String(value), strings[i + 1]));
  return new Expression(type, parts.filter((part) => part !== ''));
};

/** Expressions with commas between them. */
export const list = (items) =>
  new Expression('list', items.flatMap((item, i) => (i === 0 ? [item] : [', ', item])));

/** One SELECT. Expressions are Expression objects, keys are texts. */
export class Query {
  constructor(clauses) { Object.assign(this, clauses); }

  toString() {
    const { fields, from, where, split, group, order, limit, start, fetch, omit } = this;
    const clause = (words, items) => (items?.length ? ` ${words} ${items.join(', ')}` : '');
    return `SELECT ${this.value ? 'VALUE ' : ''}${fields.map(fieldText).join(', ')}${clause('OMIT', omit)}` +
      ` FROM ${this.only ? 'ONLY ' : ''}${from.join(', ')}${this.noindex ? ' WITH NOINDEX' : ''}` +
      (where ? ` WHERE ${where}` : '') + clause('SPLIT', split) +
      (group === 'ALL' ? ' GROUP ALL' : clause('GROUP BY', group)) + clause('ORDER BY', order) +
      (limit ? ` LIMIT ${limit}` : '') + (start ? ` START ${start}` : '') + clause('FETCH', fetch) +
      (this.timeout ? ` TIMEOUT ${this.timeout}` : '');
  }

  copy() {
    const deep = (value) => {
      if (Array.isArray(value)) return value.map(deep);
      return value?.copy?.() ?? (value?.expression ? { ...value, expression: value.expression.copy() } : value);
    };
    return new Query(Object.fromEntries(Object.entries(this).map(([name, value]) => [name, deep(value)])));
  }
}

function fieldText(field) {
  if (field === '*') return '*';
  return field.alias ? `${field.expression} AS ${field.alias}` : String(field.expression);
}
