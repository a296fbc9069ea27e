// For TanStack DB: `createCollection(liveCollectionOptions({ spooky, surql: 'SELECT * FROM thread' }))`. Joins, optimistic writes and devtools are TanStack's.

const byId = (row) => String(row.id);

/**
 * Options of a collection that holds the rows of a query, by `getKey` (their `id`). Writes go through `onInsert`, `onUpdate` and `onDelete` as in any
 * collection: what they change in the database comes back through the query.
 */
export function liveCollectionOptions({ spooky, surql, params = {}, getKey = byId, ...more }) {
  return {
    getKey,
    ...more,
    sync: { rowUpdateMode: 'full', sync: (collection) => follow(spooky.live(surql, params), getKey, collection) },
  };
}

function follow(view, getKey, { begin, write, commit, markReady }) {
  let held = new Map();
  let ready = false;
  const stop = view.subscribe(({ result }) => {
    if (result === undefined) return;
    const rows = new Map(result.map((row) => [getKey(row), row]));
    const changes = changesBetween(held, rows);
    held = rows;
    if (changes.length > 0) {
      begin();
      for (const change of changes) write(change);
      commit();
    }
    if (!ready) markReady();
    ready = true;
  });
  return () => {
    stop();
    view.close();
  };
}

/** A row that has not changed is the same object in the next result. */
function changesBetween(before, after) {
  const gone = [...before].filter(([key]) => !after.has(key)).map(([, value]) => ({ type: 'delete', value }));
  const come = [...after].filter(([key, value]) => before.get(key) !== value).map(([key, value]) => ({ type: before.has(key) ? 'update' : 'insert', value }));
  return [...gone, ...come];
}
