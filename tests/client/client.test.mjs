// The plain JavaScript client: what it makes of a stream's messages, and what it does when connections end.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, test } from 'node:test';
import WebSocket, { WebSocketServer } from 'ws';
import { Spooky, keyOf } from '../../clients/javascript/index.js';
import { ViewState } from '../../clients/javascript/view_state.js';
import { eventually } from '../harness/eventually.mjs';

const row = (id, n) => [id, n, { id, n }];
const snapshot = (at, seq, ...items) => ({ type: 'snapshot', view: 'v', seq, at, items });

/** An SSP as the test wants it: what clients say, and their sockets. */
class Ssp {
  said = [];
  sockets = [];

  static async open() {
    const ssp = new Ssp();
    ssp.server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    ssp.server.on('connection', (socket, { url }) => {
      ssp.sockets.push(socket);
      assert.equal(url, '/live');
      socket.on('message', (data) => ssp.said.push(JSON.parse(data)));
    });
    await once(ssp.server, 'listening');
    opened.push(ssp);
    return ssp;
  }

  get url() { return `http://127.0.0.1:${this.server.address().port}/view/v/live`; }
  heard(n) { return eventually(() => { assert.ok(this.said.length > n, `${this.said.length} messages`); return this.said[n]; }); }
  say(...messages) { for (const message of messages) this.sockets.at(-1).send(JSON.stringify(message)); }
  cut() { this.sockets.at(-1).terminate(); }
  close() { this.sockets.forEach((socket) => socket.terminate()); this.server.close(); }
}

const opened = [];
afterEach(() => opened.splice(0).forEach((each) => each.close()));

/** A client whose registrations are answered by `answers`, the last one again and again. */
function client(...answers) {
  const asked = [];
  const spooky = new Spooky({
    WebSocket,
    register: async (view) => {
      asked.push(view);
      const answer = answers[Math.min(asked.length, answers.length) - 1];
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  const open = (surql = 'SELECT * FROM t') => {
    const view = spooky.live(surql);
    opened.push(view);
    return view;
  };
  return { open, asked, spooky };
}

const at = (ssp, token, view = 'v') => ({ view, stream_url: ssp.url, stream_token: token });

test('a state follows its messages, in every kind of result', () => {
  const state = new ViewState();
  assert.equal(state.apply({ type: 'delta', seq: 1, at: 'f.1.1', added: [row('t:1', 1)] }), false);
  state.apply(snapshot('f.1.5', 5, row('t:1', 1), row('t:2', 2)));
  assert.deepEqual(state.result, [{ id: 't:1', n: 1 }, { id: 't:2', n: 2 }]);
  state.apply({ type: 'delta', seq: 6, at: 'f.2.6', removed: ['t:1'], added: [row('t:3', 3)], updated: [row('t:2', 5)], order: ['t:3', 't:2'] });
  assert.deepEqual([state.result, state.versions, state.seq], [[{ id: 't:3', n: 3 }, { id: 't:2', n: 5 }], [['t:3', 3], ['t:2', 5]], 6]);
  state.apply({ type: 'delta', seq: 7, at: 'f.3.7', error: 'no' });
  assert.deepEqual([state.error, state.result.length], ['no', 2]);
  state.apply({ type: 'delta', seq: 8, at: 'f.4.8', result: [{ count: 2 }] });
  assert.deepEqual([state.error, state.result], [undefined, [{ count: 2 }]]);
  state.apply({ type: 'delta', seq: 9, at: 'f.5.9', result: null });
  assert.equal(state.result, null);
  state.apply(snapshot('g.0.9', 9, row('t:4', 4)));
  assert.deepEqual(state.result, [{ id: 't:4', n: 4 }]);
});

test('a query is registered under its key, and followed with rows', async () => {
  const ssp = await Ssp.open();
  const { open, asked } = client(at(ssp, '9999999999.aa'));
  const view = open();
  assert.deepEqual(await ssp.heard(0), { type: 'subscribe', view: 'v', token: '9999999999.aa', rows: true });
  assert.deepEqual([asked[0].id, asked[0].edges], [await keyOf('SELECT * FROM t'), false]);
  const seen = [];
  view.subscribe(({ result }) => seen.push(result.length));
  assert.equal(view.result, undefined);
  ssp.say(snapshot('f.1.5', 5, row('t:1', 1)), { type: 'delta', view: 'v', seq: 6, at: 'f.2.6', added: [row('t:2', 2)] });
  await eventually(() => assert.deepEqual(seen, [1, 2]));
  view.close();
  await once(ssp.sockets[0], 'close');
});

test('who iterates sees the newest result, and the end', async () => {
  const ssp = await Ssp.open();
  const view = client(at(ssp)).open();
  await ssp.heard(0);
  const sizes = [];
  const iterating = (async () => { for await (const rows of view) if (sizes.push(rows.length) === 2) view.close(); })();
  ssp.say(snapshot('f.1.5', 5, row('t:1', 1)));
  await eventually(() => assert.deepEqual(sizes, [1]));
  ssp.say({ type: 'delta', view: 'v', seq: 6, at: 'f.2.6', added: [row('t:2', 2)] });
  await iterating;
  assert.deepEqual(sizes, [1, 2]);
});

test('after a cut it registers again and goes on where it was, wherever the view is then', async () => {
  const [one, other] = [await Ssp.open(), await Ssp.open()];
  const { open } = client(at(one, '9999999999.aa'), new Error('nobody there'), at(other, '9999999999.bb'));
  const view = open();
  await one.heard(0);
  one.say(snapshot('f.1.5', 5, row('t:1', 1)));
  await eventually(() => assert.equal(view.result?.length, 1));
  one.cut();
  assert.deepEqual(await other.heard(0), { type: 'subscribe', view: 'v', token: '9999999999.bb', since: 'f.1.5', rows: true });
  assert.match(view.error, /nobody there|ended|failed/);
  assert.equal(view.result.length, 1, 'what is known stays while nobody says more');
  other.say({ type: 'delta', view: 'v', seq: 6, at: 'f.2.6', removed: ['t:1'] });
  await eventually(() => assert.deepEqual([view.result, view.error], [[], undefined]));
});

test('when the SSP says that the view has moved, it registers again', async () => {
  const [one, other] = [await Ssp.open(), await Ssp.open()];
  const view = client(at(one), at(other)).open();
  await one.heard(0);
  one.say(snapshot('f.1.5', 5, row('t:1', 1)), { type: 'end', view: 'v', reason: 'moved', message: 'another SSP keeps it' });
  assert.equal((await other.heard(0)).since, 'f.1.5');
  view.close();
});

test('when the SSP says where the view is now, it goes on there without registering', async () => {
  const [one, other] = [await Ssp.open(), await Ssp.open()];
  const { open, asked } = client(at(one, '9999999999.aa'));
  const view = open();
  await one.heard(0);
  one.say(snapshot('f.1.5', 5, row('t:1', 1)), { type: 'end', view: 'v', reason: 'moved', message: 'another SSP keeps it', ssp_url: new URL(other.url).origin });
  assert.deepEqual(await other.heard(0), { type: 'subscribe', view: 'v', token: '9999999999.aa', since: 'f.1.5', rows: true });
  assert.equal(asked.length, 1);
  // Where it is not there after all, its registration says where it is.
  other.say({ type: 'end', view: 'v', reason: 'unknown', message: 'not here' });
  assert.equal((await one.heard(1)).since, 'f.1.5');
  view.close();
});

test('a token is renewed in time, on the same connection', async () => {
  const ssp = await Ssp.open();
  const soon = Math.floor(Date.now() / 1000) + 2;
  client(at(ssp, `${soon}.aa`), at(ssp, `${soon + 1000}.bb`)).open();
  await ssp.heard(0);
  assert.deepEqual(await ssp.heard(1), { type: 'renew', view: 'v', token: `${soon + 1000}.bb` });
  assert.equal(ssp.sockets.length, 1);
});

test('all views of one SSP share a connection, which ends with the last', async () => {
  const ssp = await Ssp.open();
  const { open } = client(at(ssp, undefined, 'v'), at(ssp, undefined, 'w'));
  const [first, second] = [open('SELECT 1'), open('SELECT 2')];
  await ssp.heard(1);
  assert.deepEqual([ssp.sockets.length, ssp.said.map(({ view }) => view).sort()], [1, ['v', 'w']]);
  first.close();
  assert.equal((await ssp.heard(2)).type, 'unsubscribe');
  second.close();
  await once(ssp.sockets[0], 'close');
});

test('one query that is open twice is followed twice', async () => {
  const ssp = await Ssp.open();
  const { open } = client(at(ssp));
  const views = [open(), open()];
  await ssp.heard(1);
  assert.equal(ssp.sockets.length, 2);
  for (const socket of ssp.sockets) socket.send(JSON.stringify(snapshot('f.1.5', 5, row('t:1', 1))));
  await eventually(() => assert.deepEqual(views.map(({ result }) => result?.length), [1, 1]));
});

test('without a WebSocket it says so', { skip: globalThis.WebSocket !== undefined }, () => {
  assert.throws(() => new Spooky({ register: () => {} }), /WebSocket/);
});
