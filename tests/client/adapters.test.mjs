// The adapters, each with its framework, over queries that the test plays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCollection } from '@tanstack/db';
import * as React from 'react';
import TestRenderer, { act } from 'react-test-renderer';
// The reactive build: Node would be given the one for servers.
import * as Solid from 'solid-js/dist/solid.js';
import { get } from 'svelte/store';
import { liveWith as liveWithReact } from '../../clients/javascript/adapters/react.js';
import { liveWith as liveWithSolid } from '../../clients/javascript/adapters/solid.js';
import { live as svelteLive } from '../../clients/javascript/adapters/svelte.js';
import { liveCollectionOptions } from '../../clients/javascript/adapters/tanstack_db.js';
import { eventually } from '../harness/eventually.mjs';

globalThis.IS_REACT_ACT_ENVIRONMENT = true;

/** Live views that the test changes: what a Spooky gives, without a server. */
class Played {
  open = [];
  opened = 0;

  live = (surql, params) => {
    const view = {
      surql, params, result: undefined, error: undefined, seq: 0, listeners: new Set(),
      subscribe: (listener) => { view.listeners.add(listener); if (view.result) listener(view); return () => view.listeners.delete(listener); },
      close: () => { this.open.splice(this.open.indexOf(view), 1); },
    };
    this.opened += 1;
    this.open.push(view);
    return view;
  };

  say(result, more = {}) {
    for (const view of this.open) {
      Object.assign(view, { result, error: undefined, seq: view.seq + 1 }, more);
      for (const listener of view.listeners) listener(view);
    }
  }
}

const row = (id, n) => ({ id, n });

test('React: a component shows the result, its changes, and lets the query go with itself', async () => {
  const spooky = new Played();
  const useLive = liveWithReact(React);
  let draws = 0;
  const Threads = ({ board }) => {
    const { result, error } = useLive(spooky, 'SELECT * FROM thread WHERE board = $board', { board });
    draws += 1;
    return error ?? (result === undefined ? 'nothing yet' : result.map(({ n }) => n).join());
  };
  let tree;
  await act(async () => { tree = TestRenderer.create(React.createElement(React.StrictMode, null, React.createElement(Threads, { board: 1 }))); });
  assert.equal(tree.toJSON(), 'nothing yet');
  await act(async () => spooky.say([row('t:1', 1), row('t:2', 2)]));
  assert.equal(tree.toJSON(), '1,2');
  await act(async () => spooky.say([], { error: 'the query fails' }));
  assert.equal(tree.toJSON(), 'the query fails');
  const before = draws;
  await act(async () => tree.update(React.createElement(React.StrictMode, null, React.createElement(Threads, { board: 1 }))));
  assert.ok(draws > before);
  assert.equal(spooky.open.length, 1);
  await act(async () => tree.update(React.createElement(React.StrictMode, null, React.createElement(Threads, { board: 2 }))));
  await eventually(() => assert.deepEqual(spooky.open.map(({ params }) => params.board), [2]));
  await act(async () => tree.unmount());
  await eventually(() => assert.deepEqual(spooky.open, []));
});

test('Svelte: a store follows the query while somebody subscribes', async () => {
  const spooky = new Played();
  const store = svelteLive(spooky, 'SELECT * FROM thread');
  assert.equal(spooky.opened, 0);
  const seen = [];
  const stop = [store.subscribe((now) => seen.push(now.result)), store.subscribe(() => {})];
  assert.equal(spooky.opened, 1);
  spooky.say([row('t:1', 1)]);
  assert.deepEqual(seen, [undefined, [row('t:1', 1)]]);
  assert.deepEqual(get(store).result, [row('t:1', 1)]);
  stop.forEach((end) => end());
  await eventually(() => assert.deepEqual(spooky.open, []));
});

test('Solid: a signal runs what reads it again, until its owner is gone', async () => {
  const spooky = new Played();
  const createLive = liveWithSolid(Solid);
  const seen = [];
  const dispose = Solid.createRoot((end) => {
    const threads = createLive(spooky, 'SELECT * FROM thread');
    Solid.createEffect(() => seen.push(threads().result?.length));
    return end;
  });
  spooky.say([row('t:1', 1)]);
  spooky.say([row('t:1', 1), row('t:2', 2)]);
  assert.deepEqual(seen, [undefined, 1, 2]);
  dispose();
  await eventually(() => assert.deepEqual(spooky.open, []));
});

test('TanStack DB: a collection holds the rows, each change once, and says when it is ready', async () => {
  const spooky = new Played();
  const collection = createCollection(liveCollectionOptions({ spooky, surql: 'SELECT * FROM thread', id: 'threads' }));
  const changes = [];
  collection.subscribeChanges((batch) => changes.push(...batch.map(({ type, key }) => `${type} ${key}`)));
  const ready = collection.preload();
  await eventually(() => assert.equal(spooky.open.length, 1));
  const kept = row('t:1', 1);
  spooky.say([kept, row('t:2', 2)]);
  await ready;
  assert.deepEqual(collection.toArray.map(({ n }) => n).sort(), [1, 2]);
  changes.length = 0;
  spooky.say([kept, row('t:2', 3), row('t:3', 4)]);
  assert.deepEqual(collection.get('t:2').n, 3);
  spooky.say([row('t:2', 5)]);
  await eventually(() => assert.deepEqual(changes.sort(), ['delete t:1', 'delete t:3', 'insert t:3', 'update t:2', 'update t:2']));
  await collection.cleanup();
  assert.deepEqual(spooky.open, []);
});
