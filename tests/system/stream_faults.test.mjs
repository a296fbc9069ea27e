// Streams while SSPs die, stop and come back, connections are cut and views move: a client's rows end equal to the query,
// it is taken back nowhere, and is told nothing twice.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { keyOf, registerWith } from '../../clients/javascript/index.js';
import { Cluster } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { client, RawStream, shows } from '../harness/streams.mjs';

const SECRET = { SPOOKY_AUTH_SECRET: 'streams-secret' };
const SMALL = { ...SECRET, SPOOKY_SSP_STREAMS_RING: '8', SPOOKY_SSP_STREAMS_QUEUE_BYTES: '1KiB' };

let cluster;
let db;

before(async () => {
  cluster = await Cluster.open('stream_faults');
  db = cluster.db;
  await cluster.query("DEFINE TABLE item SCHEMALESS; FOR $i IN 0..20 { CREATE type::record('item', $i) SET n = $i, kind = $i % 3 }");
  await cluster.addScheduler(SECRET);
  await Promise.all([cluster.addSsp(SMALL), cluster.addSsp(SMALL)]);
  await cluster.ready();
  await eventually(() => register('SELECT * FROM item LIMIT 1'), 20_000);
});
after(() => cluster.stop());

async function register(surql) {
  return registerWith(db)({ id: await keyOf(surql), surql, params: {}, ttl: '10m', edges: false, rows: false });
}

const write = (n) => cluster.query('UPSERT type::record("item", $n) SET n = $n, kind = 7, at = rand::ulid()', { n });

test('an SSP dies, is drained and comes back: a client goes on with the other', async () => {
  const spooky = client(db);
  const queries = Array.from({ length: 6 }, (_, kind) => `SELECT id, n, at FROM item WHERE kind = ${kind} OR kind = 7`);
  const views = queries.map((surql) => [surql, spooky.live(surql)]);
  const right = async () => { for (const [surql, view] of views) await shows(db, view, surql); };
  await right();
  const [one, other] = cluster.ssps;
  await one.kill();
  await write(500);
  await right();
  await one.start();
  await cluster.ready();
  await other.stop();
  await write(501);
  await right();
  await other.start();
  await cluster.ready();
  for (const [, view] of views) view.close();
  await cluster.query('DELETE item WHERE n >= 500');
});

test('a stream that moves says where to, and goes on there with the same token', async () => {
  const registered = await register('SELECT id, n FROM item WHERE kind = 12');
  const stream = new RawStream(`${registered.stream_url}?token=${registered.stream_token}&rows=true`);
  const { at } = await stream.message(0);
  const [from, to] = [...cluster.ssps].sort(({ url }) => (registered.stream_url.startsWith(`${url}/`) ? -1 : 1));
  await from.stop();
  assert.deepEqual(await stream.ended, { code: 4410, reason: 'moved' });
  assert.deepEqual([stream.last.type, stream.last.reason, stream.last.ssp_url], ['end', 'moved', to.url]);
  const onward = new RawStream(`${to.url}/view/${encodeURIComponent(registered.view)}/live?token=${registered.stream_token}&rows=true&since=${at}`);
  await onward.message(0);
  await cluster.query('CREATE item:500 SET n = 500, kind = 12');
  await eventually(() => assert.match(JSON.stringify(onward.last), /item:500/));
  onward.cut();
  await from.start();
  await cluster.ready();
});

/** Numbers from a seed. */
function random(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const QUERIES = [
  'SELECT id, at FROM item WHERE kind = 7',
  'SELECT id, n FROM item ORDER BY n DESC, id LIMIT 6',
  'SELECT kind, count() AS c FROM item GROUP BY kind ORDER BY kind',
];

/** A live view that notes where it is taken back. */
function watched(spooky, surql) {
  const view = spooky.live(surql);
  const backwards = [];
  let seq = 0;
  view.subscribe(() => {
    if (view.seq < seq) backwards.push([seq, view.seq]);
    seq = view.seq ?? seq;
  });
  return { surql, view, backwards };
}

/** One fault: mostly cuts, sometimes the death, the end or the draining of an SSP. */
async function fault(next, clients) {
  const roll = next(100);
  if (roll < 60) return clients[next(clients.length)].cut();
  if (roll < 75) return pause(next(120));
  if (roll >= 4 + 75) return undefined;
  const ssp = cluster.ssps[next(2)];
  if (!ssp.isRunning) return undefined;
  if (roll < 77) await ssp.kill();
  else await ssp.stop();
  await write(600);
  await ssp.start();
  return next(2) === 0 ? cluster.ready() : undefined;
}

test('whatever is cut, clients end with what the query gives, and are told nothing twice', async () => {
  const seed = Number(process.env.SPOOKY_SEED ?? Date.now() % 1_000_000);
  const faults = Number(process.env.SPOOKY_FAULTS ?? 150);
  console.log(`seed ${seed}, ${faults} faults (SPOOKY_SEED, SPOOKY_FAULTS)`);
  const next = random(seed);
  const clients = Array.from({ length: 3 }, () => client(db));
  const views = clients.flatMap((spooky) => QUERIES.map((surql) => watched(spooky, surql)));
  for (let done = 0; done < faults; done += 1) {
    for (let n = next(4); n > 0; n -= 1) {
      const key = 600 + next(12);
      await (next(3) === 0 ? cluster.query('DELETE type::record("item", $key)', { key }) : write(key));
    }
    await fault(next, clients);
  }
  await cluster.ready();
  for (const { surql, view, backwards } of views) {
    await shows(db, view, surql, {}, 30_000);
    assert.deepEqual(backwards, [], `${surql} went back`);
    view.close();
  }
  for (const spooky of clients) assert.deepEqual(spooky.repeated, []);
});
