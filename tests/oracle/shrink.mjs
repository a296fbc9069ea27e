// Cuts a failing case down: fewer writes, fewer records, smaller records, a smaller query, as long as
// it fails in the same way and time is left.
import { Expression, Query, text } from './generate/node.mjs';

const plain = { num: ['1'], str: ["'a'"], bool: ['true'], arr: ['[]', '[1]'], any: ['1', 'NONE'], obj: ['{ a: 1 }'], date: ["d'2024-01-01'"] };

/** `fails(case)` says whether a candidate still fails. `one.tree` is the query as a tree. */
export async function shrink(one, fails, { within, attempts = 400 }) {
  const end = Date.now() + within;
  let left = attempts;
  const holds = async (candidate) => left-- > 0 && Date.now() < end && fails(candidate);
  let before;
  do {
    before = JSON.stringify(one);
    one = await shrinkList(one, 'batches', holds);
    for (let i = 0; i < (one.batches?.length ?? 0); i++) one = await shrinkBatch(one, i, holds);
    one = await shrinkQuery(one, holds);
    one = await shrinkList(one, 'setup', holds);
    one = await shrinkRecords(one, holds);
  } while (left > 0 && Date.now() < end && JSON.stringify(one) !== before);
  const { tree, ...rest } = one;
  return rest;
}

/** Drops halves, quarters, … single items of the list `one[name]`. */
async function shrinkList(one, name, holds) {
  for (let size = Math.ceil((one[name]?.length ?? 0) / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < one[name].length; ) {
      const candidate = { ...one, [name]: one[name].toSpliced(at, size) };
      if (await holds(candidate)) one = candidate;
      else at += size;
    }
  }
  return one;
}

async function shrinkBatch(one, i, holds) {
  for (let at = 0; at < one.batches[i].length; ) {
    const candidate = { ...one, batches: one.batches.with(i, one.batches[i].toSpliced(at, 1)) };
    if (await holds(candidate)) one = candidate;
    else at++;
  }
  return one;
}

/** Drops members of `CONTENT { name: value, … }`. */
async function shrinkRecords(one, holds) {
  for (let i = 0; i < one.setup.length; i++) {
    const match = /^(.* CONTENT )\{ (.*) \}( RETURN NONE)$/.exec(one.setup[i]);
    if (!match) continue;
    let members = topLevel(match[2]);
    for (let at = 0; at < members.length; ) {
      const fewer = members.toSpliced(at, 1);
      const statement = `${match[1]}{ ${fewer.join(', ')} }${match[3]}`;
      const candidate = { ...one, setup: one.setup.with(i, statement) };
      if (await holds(candidate)) [one, members] = [candidate, fewer];
      else at++;
    }
  }
  return one;
}

/** Splits at commas outside of brackets and quotes. */
function topLevel(list) {
  const items = [];
  let depth = 0, quote = '', item = '';
  for (let i = 0; i < list.length; i++) {
    const c = list[i];
    if (quote) {
      if (c === '\\') item += list[i++];
      else if (c === quote) quote = '';
    } else if (`'"`.includes(c)) quote = c;
    else if ('[{('.includes(c)) depth++;
    else if (']})'.includes(c)) depth--;
    if (c === ',' && depth === 0 && !quote) {
      items.push(item.trim());
      item = '';
    } else item += list[i];
  }
  return item.trim() ? [...items, item.trim()] : items;
}

async function shrinkQuery(one, holds) {
  if (!one.tree) return one;
  for (let at = 0; ; at++) {
    const copy = one.tree.copy();
    const change = changes(copy)[at];
    if (!change) return one;
    change();
    const candidate = { ...one, tree: copy, query: String(copy) };
    if (candidate.query.length < one.query.length && (await holds(candidate))) {
      one = candidate;
      at = -1;
    }
  }
}

/** Every single simplification of the tree, as functions that make it in place. */
function changes(tree) {
  const found = [];
  visit(tree, (value) => {
    if (value instanceof Query) found.push(...clauseChanges(value));
    else found.push(...expressionChanges(value));
  });
  return found;
}

function visit(value, each) {
  each(value);
  const inner = value instanceof Query
    ? [...value.fields.filter((field) => field !== '*').map(({ expression }) => expression), ...value.from, value.where, value.limit, value.start].filter(Boolean)
    : value.inner;
  for (const child of inner) visit(child, each);
}

function clauseChanges(query) {
  const drops = ['where', 'limit', 'start', 'order', 'split', 'fetch', 'omit', 'noindex', 'timeout', 'only']
    .filter((name) => query[name] && query[name].length !== 0).map((name) => () => { query[name] = undefined; });
  // The last key of an order is what makes it total: it stays.
  const fewer = ['fields', 'order', 'group', 'fetch', 'from'].filter((name) => Array.isArray(query[name]) && query[name].length > 1)
    .flatMap((name) => (name === 'order' ? query[name].slice(0, -1) : query[name]).map((_, i) => () => { query[name] = query[name].toSpliced(i, 1); }));
  return [...drops, ...fewer];
}

function expressionChanges(expression) {
  const become = (other) => () => {
    expression.parts = [...other.parts];
  };
  const inner = expression.inner.filter((part) => part instanceof Expression && part.type !== 'list').map(become);
  const deeper = expression.inner.filter((part) => part.type === 'list').flatMap((part) => part.inner).filter((part) => part instanceof Expression).map(become);
  const simple = (plain[expression.type] ?? []).map((sql) => become(text(expression.type, sql)));
  return [...inner, ...deeper, ...simple];
}
