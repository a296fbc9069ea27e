// What an SSP is sent: only what its views need, all of it, and never at the cost of others.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually } from '../harness/eventually.mjs';
import { get, post } from '../harness/http.mjs';
import { LinkedCluster } from '../harness/linked_cluster.mjs';
import { follows, register } from '../harness/views.mjs';

const MAX_BUFFER = 200;
const CONVERGES_WITHIN_MS = 30_000;
const GROWING = [1, 2, 3, 4, 5];

let cluster;
let byHolder; // SSP id -> a view of `thing` that it holds

before(async () => {
  const tables = ['thing', 'unwatched', ...GROWING.map((n) => `grown_${n}`)];
  cluster = await LinkedCluster.start('delivery', {
    ssps: 2, schema: tables.map((table) => `DEFINE TABLE ${table} SCHEMALESS;`).join('\n'),
    env: { scheduler: { SPOOKY_SCHEDULER_MAX_BUFFER_PER_SSP: String(MAX_BUFFER), SPOOKY_SCHEDULER_REBALANCE_MOVES_PER_SEC: '0' } },
  });
  byHolder = new Map();
  for (let n = 0; byHolder.size < 2; n++) {
    const view = await register(cluster.db, 'SELECT * FROM thing WHERE n > $least', { least: -n });
    byHolder.set((await cluster.query('SELECT VALUE ssp FROM ONLY $id', { id: view.id })), view);
    assert.ok(n < 10, 'ten views and all on one SSP');
  }
});
after(() => cluster.stop());

const metrics = async () => (await get(`${cluster.scheduler.url}/metrics`)).json;
const entry = async (id) => (await metrics()).ssps.find((ssp) => ssp.id === id);
const bothFollow = () => Promise.all([...byHolder.values()].map((view) => follows(cluster.db, view, CONVERGES_WITHIN_MS)));

test('an SSP is sent only changes of the tables its views need', async () => {
  await bothFollow();
  const links = ['scheduler-ssp/1', 'scheduler-ssp/2'].map((name) => cluster.links.get(name));
  const before = links.map((link) => link.forwarded);
  const rows = 150;
  const text = 'x'.repeat(4000);
  for (let n = 0; n < rows; n++) await cluster.query('CREATE unwatched SET text = $text', { text });
  await cluster.query('CREATE thing SET n = 1');
  await bothFollow();
  links.forEach((link, n) => {
    const sent = link.forwarded - before[n];
    assert.ok(sent < rows * text.length / 4, `${sent} bytes went over ${link.name} for ${rows} changes nobody needs`);
  });
});

for (const n of GROWING) {
  test(`interest grows gap-free when a view needs a new table (${n} of ${GROWING.length})`, async () => {
    const table = `grown_${n}`;
    let stopped = false;
    let written = 0;
    const writer = (async () => {
      const db = await cluster.connect();
      for (; !stopped; written++) {
        await db.query('CREATE type::record($table, $n) SET n = $n; DELETE type::record($table, $n - 5) WHERE n % 3 = 0',
          { table, n: written }).collect();
      }
      await db.close();
    })();
    const writes = (count) => eventually(() => assert.ok(written >= count), CONVERGES_WITHIN_MS);
    await writes(5 * n);
    const view = await register(cluster.db, `SELECT * FROM ${table} WHERE n % 2 = 0`);
    await writes(written + 10);
    stopped = true;
    await writer;
    assert.ok((await follows(cluster.db, view, CONVERGES_WITHIN_MS)).length > 0);
  });
}

test('delivery: overflow -> 409 -> re-bootstrap', async () => {
  const [ssp] = cluster.ssps;
  const { epoch } = await entry(ssp.name);
  const link = cluster.links.get('scheduler-ssp/1');
  link.stall();
  try {
    for (let n = 0; n < MAX_BUFFER * 2; n += 20) {
      await cluster.query('FOR $k IN 0..20 { CREATE thing SET n = $n + $k }', { n });
    }
    // It learns from its heartbeat that it fell behind, and starts over from a new snapshot.
    await eventually(async () => assert.ok((await entry(ssp.name))?.epoch > epoch, JSON.stringify(await entry(ssp.name))), CONVERGES_WITHIN_MS);
  } finally {
    link.heal();
  }
  await cluster.ready();
  await bothFollow();
  const { scheduler, ssps } = await metrics();
  for (const { id, acked_seq: acked } of ssps) assert.equal(acked, scheduler.seq, id);
});

/** How long each of `count` single changes takes to be acknowledged, sorted, in milliseconds. */
async function ingestTimes(count, from) {
  const times = [];
  for (let n = 0; n < count; n++) {
    const began = performance.now();
    const { status, text } = await post(`${cluster.scheduler.url}/ingest`,
      { table: 'pushed', op: 'CREATE', id: `pushed:p${from + n}`, record: { id: `pushed:p${from + n}`, text: 'pushed' } });
    assert.equal(status, 200, text);
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b);
}

test('a slow SSP slows neither ingest nor its peers', async (t) => {
  const [slow, quick] = cluster.ssps;
  const p95 = (times) => times[Math.floor(times.length * 0.95)];
  const alone = p95(await ingestTimes(60, 0));
  cluster.links.get('scheduler-ssp/1').slow({ delayMs: 1200 });
  try {
    await cluster.query('CREATE thing:slow SET n = 1');
    const began = performance.now();
    const url = `${quick.url}/view/${byHolder.get(quick.name).id.id}`;
    await eventually(async () => assert.match((await get(url)).text, /thing:slow/), 5000);
    const shown = performance.now() - began;
    assert.ok((await entry(slow.name)).acked_seq < (await metrics()).scheduler.seq, 'the slow SSP is not slow');
    assert.ok(shown < 1000, `the other SSP showed the change after ${shown.toFixed(0)} ms`);
    const beside = p95(await ingestTimes(60, 60));
    t.diagnostic(`p95 of ingest: ${alone.toFixed(1)} ms alone, ${beside.toFixed(1)} ms beside a slow SSP`);
    assert.ok(beside < Math.max(alone * 5, 150), `ingest took ${beside.toFixed(0)} ms beside a slow SSP, ${alone.toFixed(0)} ms without`);
  } finally {
    cluster.links.get('scheduler-ssp/1').heal();
  }
  await bothFollow();
});
