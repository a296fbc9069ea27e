// Streams by way of the scheduler's address, for installations where clients reach nothing else.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { keyOf, registerWith } from '../../clients/javascript/index.js';
import { Cluster } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { client, RawStream, shows } from '../harness/streams.mjs';

const SECRET = { SPOOKY_AUTH_SECRET: 'streams-secret' };
const SMALL = { ...SECRET, SPOOKY_SSP_STREAMS_RING: '8', SPOOKY_SSP_STREAMS_QUEUE_BYTES: '1KiB' };

let cluster;
let db;

before(async () => {
  cluster = await Cluster.open('stream_proxy');
  db = cluster.db;
  await cluster.query("DEFINE TABLE item SCHEMALESS; FOR $i IN 0..20 { CREATE type::record('item', $i) SET n = $i, kind = $i % 3 }");
  await cluster.addScheduler({ ...SECRET, SPOOKY_SCHEDULER_STREAMS_PROXY: 'true', SPOOKY_SCHEDULER_STREAMS_QUEUE_BYTES: '1KiB' });
  await Promise.all([cluster.addSsp(SMALL), cluster.addSsp(SMALL)]);
  await cluster.ready();
  await eventually(() => register('SELECT * FROM item LIMIT 1'), 20_000);
});
after(() => cluster.stop());

async function register(surql) {
  return registerWith(db)({ id: await keyOf(surql), surql, params: {}, ttl: '10m', edges: false, rows: false });
}
const streamOf = ({ stream_url: url, stream_token: token }, more = '') => new RawStream(`${url}?token=${token}${more}`);

test('registrations lead clients to the scheduler, and streams tell there what they tell at an SSP', async () => {
  const registered = await register('SELECT id, n FROM item WHERE kind = 20');
  assert.ok(registered.stream_url.startsWith(`${cluster.scheduler.url}/view/`), registered.stream_url);
  const here = streamOf(registered, '&rows=true');
  const there = new RawStream(`${registered.ssp_url}/view/${encodeURIComponent(registered.view)}/live?token=${registered.stream_token}&rows=true`);
  const { at } = await here.message(0);
  await there.message(0);
  await cluster.query('CREATE item:2000 SET n = 2000, kind = 20');
  await Promise.all([here.message(1), there.message(1)]);
  assert.deepEqual(here.messages, there.messages);
  here.cut();
  there.cut();
  const resumed = streamOf(registered, `&rows=true&since=${at}`);
  await resumed.message(0);
  assert.deepEqual(resumed.messages, [here.messages[1]]);
  resumed.cut();
});

test('tokens are looked at there, too', async () => {
  const [one, other] = [await register('SELECT * FROM item WHERE n = 1'), await register('SELECT * FROM item WHERE n = 2')];
  for (const query of ['', '?token=', `?token=${other.stream_token}`, `?token=${one.stream_token}0`])
    assert.equal((await new RawStream(one.stream_url + query).ended).status, 401, query);
  const nobodys = new RawStream(`${cluster.scheduler.url}/view/nobodys/live`);
  assert.equal((await nobodys.ended).status, 401, 'who shows nothing does not learn which views there are');
});

test('all views of a client come on one connection, wherever they are', async () => {
  const spooky = client(db);
  const queries = Array.from({ length: 8 }, (_, kind) => `SELECT id, n FROM item WHERE kind = ${kind}`);
  const views = queries.map((surql) => [surql, spooky.live(surql)]);
  for (const [surql, view] of views) await shows(db, view, surql);
  assert.equal(spooky.sockets.size, 1);
  await cluster.query('UPDATE item SET kind = (n + 1) % 8');
  for (const [surql, view] of views) await shows(db, view, surql);
  const [one] = cluster.ssps;
  await one.stop();
  await cluster.query('UPDATE item SET kind = n % 8');
  for (const [surql, view] of views) await shows(db, view, surql);
  await one.start();
  await cluster.ready();
  await cluster.ssps[1].kill();
  await cluster.query('UPDATE item SET kind = n % 3');
  for (const [surql, view] of views) await shows(db, view, surql, {}, 30_000);
  await cluster.ssps[1].start();
  await cluster.ready();
  assert.deepEqual(spooky.repeated, []);
  for (const [, view] of views) view.close();
});

test('a client that is slow there misses nothing either', async () => {
  const registered = await register('SELECT id, text FROM item WHERE kind = 21');
  const [slow, quick] = [streamOf(registered, '&rows=true'), streamOf(registered, '&rows=true')];
  await Promise.all([slow.message(0), quick.message(0)]);
  slow.socket._socket.pause();
  const text = 'x'.repeat(200_000);
  for (let n = 0; n < 120; n += 1) {
    await cluster.query('UPSERT item:slow SET kind = 21, text = $text + <string>$n', { n, text });
    await eventually(() => assert.equal((quick.last.updated ?? quick.last.added)?.[0][2].text, `${text}${n}`));
  }
  slow.socket._socket.resume();
  await eventually(() => {
    const row = (slow.last.updated ?? slow.last.added ?? slow.last.items)[0];
    assert.equal(row[2].text, `${text}119`);
  }, 30_000);
  assert.ok(slow.types.slice(1).includes('snapshot'), String(slow.types));
  slow.cut();
  quick.cut();
});

test('server-sent events are passed on', async () => {
  const registered = await register('SELECT id, n FROM item WHERE kind = 22');
  const heard = await new Promise((resolve, reject) => {
    const asked = request(`${registered.stream_url}?token=${registered.stream_token}&rows=true`, { headers: { accept: 'text/event-stream' } }, (answer) => {
      const events = { answer, text: '', stop: () => asked.destroy() };
      answer.on('data', (chunk) => { events.text += chunk; });
      answer.on('error', () => {});
      resolve(events);
    });
    asked.on('error', reject).end();
  });
  await eventually(() => assert.match(heard.text, /^id: \S+\ndata: {.*"type":"snapshot".*}\n\n$/));
  await cluster.query('CREATE item:2200 SET n = 2200, kind = 22');
  await eventually(() => assert.match(heard.text, /\n\nid: \S+\ndata: {"added":\[\["item:2200"/));
  heard.stop();
});
