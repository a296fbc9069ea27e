// Streams: who follows a view has what the query gives, nothing twice and nothing lost, whatever happens on the way.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { keyOf, registerWith } from '../../clients/javascript/index.js';
import { Cluster } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { client, RawStream, shows } from '../harness/streams.mjs';
import { connect } from '../surrealdb/client.mjs';
import { NAMESPACE } from '../harness/cluster.mjs';

const SECRET = { SPOOKY_AUTH_SECRET: 'streams-secret' };
const RING = 8;
const SMALL = { SPOOKY_SSP_STREAMS_RING: String(RING), SPOOKY_SSP_STREAMS_QUEUE_BYTES: '1KiB' };
const TABLES = `
  DEFINE TABLE item SCHEMALESS PERMISSIONS FOR select WHERE owner = NONE OR owner = $auth.id;
  DEFINE TABLE lent SCHEMALESS PERMISSIONS FULL;
  DEFINE TABLE person SCHEMALESS PERMISSIONS FOR select WHERE id = $auth.id;
  DEFINE ACCESS app ON DATABASE TYPE RECORD SIGNUP (CREATE person SET name = $name) SIGNIN (SELECT * FROM person WHERE name = $name);
  FOR $i IN 0..20 { CREATE type::record('item', $i) SET n = $i, kind = $i % 3 };
`;

let cluster;
let db;

before(async () => {
  cluster = await Cluster.open('streams');
  db = cluster.db;
  await cluster.query(TABLES);
  await cluster.addScheduler(SECRET);
  await Promise.all([cluster.addSsp({ ...SECRET, ...SMALL }), cluster.addSsp({ ...SECRET, ...SMALL })]);
  await cluster.ready();
  await eventually(() => register('SELECT * FROM item LIMIT 1'), 20_000);
});
after(() => cluster.stop());

/** What a registration is answered with. */
async function register(surql, params = {}, as = db) {
  return registerWith(as)({ id: await keyOf(surql, params), surql, params, ttl: '10m', edges: false, rows: false });
}

const streamOf = ({ stream_url: url, stream_token: token }, more = '') => new RawStream(`${url}?token=${token}${more}`);
const write = (n) => cluster.query('UPSERT type::record("item", $n) SET n = $n, kind = 7, at = rand::ulid()', { n });

test('a stream begins with the rows and goes on with what changes', async () => {
  const surql = 'SELECT id, n FROM item WHERE kind = 7';
  const stream = streamOf(await register(surql), '&rows=true');
  const first = await stream.message(0);
  assert.deepEqual([first.type, first.items], ['snapshot', []]);
  await cluster.query('CREATE item:100 SET n = 100, kind = 7');
  const added = await stream.message(1);
  assert.deepEqual([added.type, added.added[0][0], added.added[0][2]], ['delta', 'item:100', { id: 'item:100', n: 100 }]);
  assert.ok(added.seq > first.seq);
  await cluster.query('UPDATE item:100 SET n = 101');
  assert.equal((await stream.message(2)).updated[0][2].n, 101);
  await cluster.query('DELETE item:100');
  assert.deepEqual((await stream.message(3)).removed, ['item:100']);
  stream.cut();
});

test('ordered, limited, grouped and split results are those of the query', async () => {
  const spooky = client(db);
  const queries = [
    'SELECT id, n FROM item ORDER BY n DESC LIMIT 5',
    'SELECT kind, count() AS c, math::sum(n) AS s FROM item GROUP BY kind ORDER BY kind',
    'SELECT count() AS c FROM item GROUP ALL',
    'SELECT VALUE n FROM item ORDER BY n LIMIT 4',
    'SELECT id, (SELECT id, n FROM item WHERE kind = $parent.kind ORDER BY n LIMIT 2) AS same FROM item WHERE n < 4',
  ];
  const views = queries.map((surql) => [surql, spooky.live(surql)]);
  for (const statement of ['', 'CREATE item:200 SET n = 200, kind = 1', 'UPDATE item:200 SET n = -1', 'UPDATE item:3 SET kind = 2, n = 50', 'DELETE item:200']) {
    if (statement) await cluster.query(statement);
    for (const [surql, view] of views) await shows(db, view, surql);
  }
  assert.equal(spooky.sockets.size <= 2, true, 'one connection to each SSP');
  for (const [, view] of views) view.close();
});

test('after a cut a client goes on where it was, and behind the ring with a snapshot', async () => {
  const surql = 'SELECT id, at FROM item WHERE kind = 7 AND n >= 300';
  const registered = await register(surql);
  const first = streamOf(registered, '&rows=true');
  const { at } = await first.message(0);
  first.cut();
  await write(300);
  await write(301);
  const second = streamOf(registered, `&rows=true&since=${at}`);
  await eventually(() => assert.deepEqual(second.types, ['delta', 'delta']));
  second.cut();
  const meanwhile = streamOf(registered, '&rows=true');
  await meanwhile.message(0);
  // Writes that come together are one change: each waits for the one before.
  for (let n = 0; n < RING + 2; n += 1) {
    await write(302);
    await meanwhile.message(n + 1);
  }
  meanwhile.cut();
  const third = streamOf(registered, `&rows=true&since=${second.last.at}`);
  await third.message(0);
  assert.deepEqual(third.types, ['snapshot']);
  assert.deepEqual(third.last.items.map(([id]) => id).sort(), ['item:300', 'item:301', 'item:302']);
  third.cut();
  await cluster.query('DELETE item WHERE n >= 300');
});

test('a slow client holds nobody up and ends with what the query gives', async () => {
  const surql = 'SELECT id, text FROM item WHERE kind = 8';
  const registered = await register(surql);
  const [slow, quick] = [streamOf(registered, '&rows=true'), streamOf(registered, '&rows=true')];
  await Promise.all([slow.message(0), quick.message(0)]);
  slow.socket._socket.pause();
  const text = 'x'.repeat(200_000);
  for (let n = 0; n < 90; n += 1) {
    await cluster.query('UPSERT item:slow SET kind = 8, text = $text + <string>$n', { n, text });
    await eventually(() => assert.equal((quick.last.updated ?? quick.last.added)?.[0][2].text, `${text}${n}`));
  }
  assert.equal(slow.messages.length, 1);
  slow.socket._socket.resume();
  await eventually(() => {
    const row = (slow.last.updated ?? slow.last.added ?? slow.last.items)[0];
    assert.equal(row[2].text, `${text}89`);
  }, 20_000);
  assert.ok(slow.messages.length < 90, `${slow.messages.length} messages`);
  assert.ok(slow.types.slice(1).includes('snapshot'), String(slow.types));
  slow.cut();
  quick.cut();
});

test('without a token, with a wrong or another view\'s, nothing is seen', async () => {
  const [one, other] = [await register('SELECT * FROM item WHERE n = 1'), await register('SELECT * FROM item WHERE n = 2')];
  for (const query of ['', '?token=', '?token=1.ff', `?token=${other.stream_token}`, `?token=${one.stream_token}0`]) {
    const refused = new RawStream(one.stream_url + query);
    assert.equal((await refused.ended).status, 401, query);
    assert.deepEqual(refused.messages, []);
  }
  const many = new RawStream(`${new URL(one.stream_url).origin}/live`);
  await new Promise((resolve) => { many.socket.on('open', resolve); });
  many.say({ type: 'subscribe', view: one.view, token: other.stream_token });
  many.say({ type: 'subscribe', view: one.view, token: one.stream_token });
  await many.message(1);
  assert.deepEqual(many.messages.map(({ type, reason }) => [type, reason]), [['end', 'refused'], ['snapshot', undefined]]);
  many.cut();
});

test('two users of one query see each his own rows, and never the other\'s', async () => {
  const users = await Promise.all(['ann', 'bob'].map(async (name) => {
    const user = await connect(cluster.surrealdb.addr, { namespace: NAMESPACE, database: cluster.database, authentication: null });
    await user.signup({ namespace: NAMESPACE, database: cluster.database, access: 'app', variables: { name } });
    return user;
  }));
  try {
    const ids = await Promise.all(users.map(async (user) => (await user.query('RETURN $auth.id').collect())[0]));
    const surql = 'SELECT id, text FROM item WHERE kind = 9';
    const registered = await Promise.all(users.map((user) => register(surql, {}, user)));
    assert.notEqual(registered[0].view, registered[1].view);
    const crossed = new RawStream(`${registered[0].stream_url}?token=${registered[1].stream_token}`);
    assert.equal((await crossed.ended).status, 401);
    const streams = registered.map((one) => streamOf(one, '&rows=true'));
    await Promise.all(streams.map((stream) => stream.message(0)));
    await cluster.query('CREATE item:anns SET kind = 9, text = "of ann", owner = $ann; CREATE item:bobs SET kind = 9, text = "of bob", owner = $bob; CREATE item:both SET kind = 9, text = "of both"', { ann: ids[0], bob: ids[1] });
    await eventually(() => assert.match(JSON.stringify(streams[1].messages), /of bob/));
    await cluster.query('UPDATE item:anns SET text = "still ann"; DELETE item:bobs; UPDATE item:both SET text = "the end"');
    for (const stream of streams) await eventually(() => assert.match(JSON.stringify(stream.last), /the end/));
    const told = streams.map(({ messages }) => JSON.stringify(messages));
    assert.ok(/still ann/.test(told[0]) && !/bob/.test(told[0]), told[0]);
    assert.ok(/of bob/.test(told[1]) && !/ann/.test(told[1]), told[1]);
    // What a user may no longer see is taken from him at once.
    await cluster.query('CREATE item:lent SET kind = 9, text = "lent"');
    await eventually(() => assert.match(JSON.stringify(streams[1].messages), /lent/));
    await cluster.query('UPDATE item:lent SET owner = $ann', { ann: ids[0] });
    await eventually(() => assert.deepEqual(streams[1].last.removed, ['item:lent']));
    streams.forEach((stream) => stream.cut());
    // So is what a definition hides, whatever his token still says.
    await cluster.query('CREATE lent:1 SET text = "for all"');
    const lent = streamOf(await register('SELECT * FROM lent', {}, users[1]), '&rows=true');
    await eventually(() => assert.match(JSON.stringify(lent.messages), /for all/));
    await cluster.query('DEFINE TABLE OVERWRITE lent SCHEMALESS PERMISSIONS NONE; UPDATE lent:1 SET text = "for nobody"; CREATE lent:2 SET text = "for nobody"');
    await eventually(() => assert.deepEqual(lent.last.removed ?? lent.last.items, lent.last.removed ? ['lent:1'] : []));
    assert.doesNotMatch(JSON.stringify(lent.messages), /for nobody/);
    lent.cut();
  } finally {
    await Promise.all(users.map((user) => user.close()));
  }
});

test('server-sent events tell the same, and go on where the browser says', async () => {
  const registered = await register('SELECT id, n FROM item WHERE kind = 10');
  const open = (headers = {}) => new Promise((resolve, reject) => {
    const asked = request(`${registered.stream_url}?token=${registered.stream_token}&rows=true`, { headers: { accept: 'text/event-stream', origin: 'https://app.example', ...headers } }, (answer) => {
      const events = { answer, text: '', stop: () => asked.destroy() };
      answer.on('data', (chunk) => { events.text += chunk; });
      answer.on('error', () => {});
      resolve(events);
    });
    asked.on('error', reject).end();
  });
  const first = await open();
  assert.equal(first.answer.headers['content-type'], 'text/event-stream');
  assert.equal(first.answer.headers['access-control-allow-origin'], 'https://app.example');
  await eventually(() => assert.match(first.text, /^id: \S+\ndata: {.*"type":"snapshot".*}\n\n$/));
  const [, place] = /^id: (\S+)/.exec(first.text);
  first.stop();
  await cluster.query('CREATE item:400 SET n = 400, kind = 10');
  const second = await open({ 'last-event-id': place });
  await eventually(() => assert.match(second.text, /^id: \S+\ndata: {"added":\[\["item:400"/));
  second.stop();
});

test('no stream outlives its token; another one prolongs it', async (t) => {
  const single = await Cluster.open('streams-token');
  t.after(() => single.stop());
  await single.query('CREATE item:1');
  const ssp = await single.addSsp({ ...SECRET, SPOOKY_SSP_STREAMS_TOKEN_LIFETIME_SECS: '3' });
  await single.ready();
  const surql = 'SELECT * FROM item';
  const again = async () => registerWith(single.db)({ id: await keyOf(surql), surql, params: {}, ttl: '10m', edges: false, rows: false });
  const registered = await eventually(again, 20_000);
  assert.ok(registered.stream_url.startsWith(ssp.url));
  const [short, long] = [streamOf(registered), streamOf(registered)];
  await Promise.all([short.message(0), long.message(0)]);
  const spooky = client(single.db);
  const view = spooky.live(surql);
  await eventually(() => assert.equal(view.result?.length, 1));
  await pause(1500);
  long.say({ type: 'renew', view: registered.view, token: (await again()).stream_token });
  assert.deepEqual(await short.ended, { code: 4401, reason: 'expired' });
  assert.equal(short.last.reason, 'expired');
  assert.equal(long.closed, undefined);
  await long.ended;
  await single.query('CREATE item:2');
  await eventually(() => assert.equal(view.result?.length, 2));
  assert.equal(view.error, undefined);
  assert.equal(spooky.sockets.size, 1);
  view.close();
});
