// A client's copy of a view, compared with the view by its Merkle tree.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';
import { keyOf, registerWith } from '../../clients/javascript/index.js';
import { askAt, differences, leavesIn, MerkleTree } from '../../clients/javascript/merkle.js';
import { Cluster } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { get, post } from '../harness/http.mjs';

const RECORDS = 10_000;
const SECRET = 'merkle-secret';
/** One value of each type, in the forms that a row can have them. */
const TYPES = `{ none: NONE, null: NULL, yes: true, no: false, int: 7, negative: -3, big: 9223372036854775807, small: -9223372036854775808, float: 0.1, whole: 2f, zero: -0f,
  decimal: 1.50dec, more: 100dec, text: 'ü', for: 1h2ns, at: d'2026-01-01T00:00:00.5Z', before: d'1960-01-01T00:00:00Z', uuid: u'018e5c1a-0000-7000-8000-000000000001', list: [1, [2f, {}]], set: {1, 2,},
  inner: { b: 1, a: { 'é': 2, z: 3 } }, bytes: <bytes> 'ab', record: item:1, key: other:[1, 'a'], point: (1.5, -2), range: 1..5, open: ..=3,
  line: { type: 'LineString', coordinates: [[1, 2], [3, 4]] }, area: { type: 'Polygon', coordinates: [[[0, 0], [0, 1], [1, 1], [0, 0]]] },
  all: { type: 'GeometryCollection', geometries: [{ type: 'Point', coordinates: [1, 2] }, { type: 'MultiPoint', coordinates: [[1, 2], [3, 4]] }] } }`;
let cluster;

before(async () => {
  cluster = await Cluster.open('merkle');
  await cluster.query('DEFINE TABLE item SCHEMALESS CHANGEFEED 1h; DEFINE TABLE odd SCHEMALESS CHANGEFEED 1h');
  await cluster.query(`INSERT INTO item (array::range(0, ${RECORDS}).map(|$n| { id: $n, n: $n, text: <string> $n })) RETURN NONE`);
  await cluster.query(`CREATE odd:types CONTENT ${TYPES}; CREATE odd:[1, { a: 2dec }] SET x = 1; CREATE odd:u'018e5c1a-0000-7000-8000-000000000001' SET x = 2`);
  await cluster.addSsp({ SPOOKY_AUTH_SECRET: SECRET });
  await cluster.ready();
  await eventually(() => register('SELECT * FROM item LIMIT 1'), 20_000);
});
after(() => cluster.stop());

const register = async (surql) => registerWith(cluster.db)({ id: await keyOf(surql), surql, params: {}, ttl: '10m', edges: false, rows: false });

/** The view's first message, with the rows' types. */
async function snapshot({ stream_url: url, stream_token: token }) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}?token=${token}&rows=true&format=cbor`);
  const [bytes] = await once(socket, 'message');
  socket.terminate();
  return new Uint8Array(bytes);
}

test('a copy with rows of every type has the root that the view says', async () => {
  const view = await register('SELECT * FROM odd');
  const leaves = await leavesIn(await snapshot(view));
  assert.equal(leaves.length, 3);
  assert.equal(await new MerkleTree(leaves).root, view.merkle_root);
});

test('of 10,000 rows the ten that differ are found with few nodes, and only they are fetched', async () => {
  const view = await register('SELECT * FROM item');
  const whole = await leavesIn(await snapshot(view));
  assert.equal(whole.length, RECORDS);
  const asked = askAt(view.stream_url, view.stream_token);
  assert.deepEqual(await differences(whole, asked.nodes), { lacking: [], extra: [], nodes: 1 });
  // Rows that are not here, that are older here, and that only are here.
  const old = { ...whole[17], hash: whole[18].hash };
  const gone = [whole[3], whole[400], whole[5000], whole[9999]];
  let copy = whole.filter((leaf) => !gone.includes(leaf));
  for (const at of [50, 1234, 7777]) copy[at] = { ...copy[at], hash: new Uint8Array(32).fill(at & 255) };
  const added = ['1', '8', 'f'].map((digit) => ({ ...old, place: digit + whole[17].place.slice(1, 60) + 'abcd', hash: new Uint8Array(32).fill(9) }));
  copy.push(...added);
  const found = await differences(copy, asked.nodes);
  assert.equal(found.lacking.length, 7);
  assert.equal(found.extra.length, 6);
  assert.ok(found.nodes <= 60, `${found.nodes} nodes`);
  const fetched = await asked.rows(found.lacking);
  assert.equal(fetched.length, 7);
  copy = copy.filter((leaf) => !found.extra.includes(leaf)).concat(fetched);
  assert.equal(await new MerkleTree(copy).root, view.merkle_root);
});

test('it follows what changes', async () => {
  const view = await register('SELECT * FROM item WHERE n < 100');
  const copy = await leavesIn(await snapshot(view));
  await cluster.query('UPDATE item:5 SET text = "other"; DELETE item:6; UPDATE item:5000 SET n = 1');
  const asked = askAt(view.stream_url, view.stream_token);
  await eventually(async () => {
    const { lacking, extra } = await differences(copy, asked.nodes);
    assert.deepEqual(lacking.sort(), ['item:5', 'item:5000']);
    assert.equal(extra.length, 2);
  });
});

test('who shows no token, or that of another view, is told nothing', async () => {
  const [view, other] = [await register('SELECT * FROM odd'), await register('SELECT * FROM item LIMIT 1')];
  const url = view.stream_url.replace(/\/live$/, '/merkle');
  for (const headers of [{}, { authorization: `Bearer ${other.stream_token}` }, { authorization: 'Bearer guess' }]) {
    const { status, text } = await post(url, { rows: ['odd:types'] }, { headers });
    assert.equal(status, 401);
    assert.ok(!text.includes('whole'), text);
  }
  const allowed = { headers: { authorization: `Bearer ${SECRET}` } };
  assert.equal((await post(url, {}, allowed)).json.root, view.merkle_root);
  assert.equal((await post(url.replace(/view\/[^/]+/, 'view/unknown'), {}, allowed)).status, 404);
  assert.equal((await post(url, { nodes: ['xyz'] }, allowed)).status, 400);
  assert.equal((await post(url, { nodes: Array(257).fill('') }, allowed)).status, 413);
  assert.equal((await get(url, allowed)).status, 405);
});
