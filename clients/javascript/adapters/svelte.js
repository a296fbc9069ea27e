// For Svelte: a store, `const threads = live(spooky, 'SELECT * FROM thread')`, read as `$threads.result`.
import { SharedView } from './shared_view.js';

/** A readable store of `{ result, error, seq }`. The query is followed while somebody subscribes. */
export function live(spooky, surql, params = {}) {
  const view = new SharedView(() => spooky.live(surql, params));
  return {
    subscribe(run) {
      run(view.snapshot());
      return view.subscribe(() => run(view.snapshot()));
    },
  };
}
