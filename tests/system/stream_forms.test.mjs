// In which forms streams come, how many there may be, and what of views that are kept apart from the others.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { DateTime, RecordId } from 'surrealdb';
import WebSocket from 'ws';
import { keyOf, registerWith } from '../../clients/javascript/index.js';
import { Cluster } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { get } from '../harness/http.mjs';
import { RawStream } from '../harness/streams.mjs';
import { cbor } from '../surrealdb/cbor_frame.mjs';

const SECRET = 'streams-secret';
const HEAVY = 'SELECT id, array::len(array::map(array::range(0, 20000), |$x| $x)) AS n FROM item WHERE kind = 5';

let cluster;
let ssp;

before(async () => {
  cluster = await Cluster.open('stream_forms');
  await cluster.query('DEFINE TABLE item SCHEMALESS; CREATE item:1 SET kind = 1, at = d"2026-01-01T00:00:00Z"; CREATE item:5 SET kind = 5');
  ssp = await cluster.addSsp({
    SPOOKY_AUTH_SECRET: SECRET, SPOOKY_SSP_STREAMS_COMPRESS: 'true', SPOOKY_SSP_STREAMS_CONNECTIONS: '4', SPOOKY_SSP_STREAMS_VIEWS: '2',
    SPOOKY_SSP_LIMITS_TURN_TIME_MS: '1',
  });
  await cluster.ready();
  await eventually(() => register('SELECT * FROM item LIMIT 1'), 20_000);
});
after(() => cluster.stop());

async function register(surql) {
  return registerWith(cluster.db)({ id: await keyOf(surql), surql, params: {}, ttl: '10m', edges: false, rows: false });
}
const streamOf = ({ stream_url: url, stream_token: token }, more = '') => new RawStream(`${url}?token=${token}${more}`);

test('CBOR keeps the types, and comes compressed to who offers that', async () => {
  const { stream_url: url, stream_token: token } = await register('SELECT id, at FROM item WHERE kind = 1');
  const socket = new WebSocket(`${url.replace('http', 'ws')}?token=${token}&rows=true&format=cbor`);
  const heard = [];
  socket.on('message', (data, binary) => heard.push([binary, cbor.decode(new Uint8Array(data))]));
  await eventually(() => assert.equal(heard.length, 1));
  assert.match(socket.extensions, /permessage-deflate/);
  const [binary, { type, items }] = heard[0];
  assert.deepEqual([binary, type], [true, 'snapshot']);
  assert.ok(items[0][0] instanceof RecordId && items[0][2].at instanceof DateTime);
  const plain = new WebSocket(`${url.replace('http', 'ws')}?token=${token}`, { perMessageDeflate: false });
  await once(plain, 'open');
  assert.equal(plain.extensions, '');
  socket.terminate();
  plain.terminate();
});

test('more connections, or views on one, than there may be are refused', async () => {
  const registered = await Promise.all([1, 2, 3].map((n) => register(`SELECT * FROM item WHERE n = ${n}`)));
  const many = new RawStream(`${ssp.url}/live`);
  await once(many.socket, 'open');
  for (const { view, stream_token: token } of registered) many.say({ type: 'subscribe', view, token });
  await eventually(() => assert.deepEqual(many.types.sort(), ['error', 'snapshot', 'snapshot']));
  assert.equal(many.messages.find(({ type }) => type === 'error').code, 'LIMIT_EXCEEDED');
  const others = [1, 2, 3].map(() => streamOf(registered[0]));
  await Promise.all(others.map((other) => other.message(0)));
  assert.equal((await streamOf(registered[0]).ended).status, 503);
  others.pop().cut();
  await eventually(async () => {
    const next = streamOf(registered[0]);
    try {
      assert.equal((await next.message(0)).type, 'snapshot');
    } finally {
      next.cut();
    }
  });
  [many, ...others].forEach((stream) => stream.cut());
});

test('a view that is too heavy to be kept among the others is streamed like them', async () => {
  const registered = await register(HEAVY);
  const { json } = await get(`${ssp.url}/debug/view/${encodeURIComponent(registered.view)}`, { headers: { authorization: `Bearer ${SECRET}` } });
  assert.equal(json.lane, 'heavy');
  const stream = await eventually(async () => {
    const opened = streamOf(registered, '&rows=true');
    await opened.message(0);
    return opened;
  });
  assert.deepEqual(stream.last.items.map(([id]) => id), ['item:5']);
  await cluster.query('CREATE item:6 SET kind = 5');
  await eventually(() => assert.deepEqual(stream.last.added?.map(([id]) => id), ['item:6']));
  await cluster.query('DELETE item:5');
  await eventually(() => assert.deepEqual(stream.last.removed, ['item:5']));
  stream.cut();
});

test('who says nothing that is understood is told so, and who says too much is cut off', async () => {
  const odd = new RawStream(`${ssp.url}/live`);
  await once(odd.socket, 'open');
  odd.socket.send('what');
  odd.say({ type: 'subscribe' });
  odd.say({ type: 'shout', view: 'v' });
  await odd.message(2);
  assert.deepEqual(odd.messages.map(({ type }) => type), ['error', 'error', 'error']);
  odd.socket.send('x'.repeat(100_000));
  assert.equal((await odd.ended).code, 1009);
  const idle = new RawStream(`${ssp.url}/live`);
  assert.equal((await idle.ended).code, 1000, 'a connection that carries nothing ends');
});
