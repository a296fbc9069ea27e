// Views as a client of SurrealDB sees them: registered through fn::query::register, read as edges.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Duration, RecordId } from 'surrealdb';
import { eventually } from './eventually.mjs';

const FOLLOW_WITHIN_MS = 10_000;

/** The id under which existing clients register a query. */
export function viewId(surql, params = {}) {
  return new RecordId('_spooky_query', createHash('sha256').update(JSON.stringify({ surql, params })).digest('hex'));
}

/** Registers a query and gives its `{ id, surql, params }`. */
export async function register(db, surql, params = {}, { clientId = 'client-1', ttl = '10m' } = {}) {
  const id = viewId(surql, params);
  await db.query('fn::query::register($view)', { view: { id, surql, params, clientId, ttl: new Duration(ttl) } }).collect();
  return { id, surql, params };
}

/** The edges of a view's own rows: `{ out, version }`, `out` as text, sorted by it. */
export async function edges(db, view) {
  const [rows] = await db.query(
    'SELECT out, version FROM _spooky_list_ref WHERE in = $id AND parent IS NONE', { id: view.id }).collect();
  return rows.map(({ out, version }) => ({ out: String(out), version })).sort((a, b) => (a.out < b.out ? -1 : 1));
}

/** The edges of related rows: `{ out, parent_rel }` as text, sorted. */
export async function relatedEdges(db, view) {
  const [rows] = await db.query(
    'SELECT out, parent_rel FROM _spooky_list_ref WHERE in = $id AND parent IS NOT NONE', { id: view.id }).collect();
  return rows.map(({ out, parent_rel }) => `${parent_rel}: ${out}`).sort();
}

/** The ids that SurrealDB itself gives for the view's query, sorted. */
export async function answer(db, view) {
  const [rows] = await db.query(view.surql, view.params).collect();
  return rows.map(({ id }) => String(id)).sort();
}

/** Waits until the view's edges are exactly what SurrealDB answers to its query; gives them. */
export function follows(db, view, withinMs = FOLLOW_WITHIN_MS) {
  return eventually(async () => {
    const [seen, expected] = [await edges(db, view), await answer(db, view)];
    assert.deepEqual(seen.map(({ out }) => out), expected);
    return seen;
  }, withinMs);
}
