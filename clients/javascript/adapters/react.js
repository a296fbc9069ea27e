// For React:
//   import * as React from 'react';
//   const useLive = liveWith(React);
//   const { result, error } = useLive(spooky, 'SELECT * FROM thread WHERE board = $board', { board });
import { SharedView } from './shared_view.js';

/** The hook `useLive(spooky, surql, params)`: `{ result, error, seq }` of a query that is followed as long as the component is there. */
export function liveWith({ useMemo, useSyncExternalStore }) {
  return function useLive(spooky, surql, params = {}) {
    // Parameters are the same if they hold the same.
    const view = useMemo(() => new SharedView(() => spooky.live(surql, params)), [spooky, surql, JSON.stringify(params)]);
    return useSyncExternalStore(view.subscribe, view.snapshot, view.snapshot);
  };
}
