// For Solid:
//   import * as Solid from 'solid-js';
//   const createLive = liveWith(Solid);
//   const threads = createLive(spooky, 'SELECT * FROM thread'); // read as threads().result
import { SharedView } from './shared_view.js';

/** `createLive(spooky, surql, params)`: a signal of `{ result, error, seq }`. The query is followed until its owner is disposed of. */
export function liveWith({ createSignal, onCleanup }) {
  return function createLive(spooky, surql, params = {}) {
    const view = new SharedView(() => spooky.live(surql, params));
    const [now, set] = createSignal(view.snapshot());
    onCleanup(view.subscribe(() => set(view.snapshot())));
    return now;
  };
}
