// Writes at a steady rate while clients follow queries: how many writes per second the database takes, and how long after
// its acknowledgement a write is with the client whose query it concerns. By stream, and by edges with LIVE. One JSON line each.
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import WebSocket from 'ws';
import { Cluster } from '../../tests/harness/cluster.mjs';
import { eventually } from '../../tests/harness/eventually.mjs';
import { post } from '../../tests/harness/http.mjs';
import { connectRaw } from '../../tests/surrealdb/client.mjs';
import { serverProgram, startRealServer } from '../../tests/surrealdb/real_server.mjs';
import { NAMESPACE } from '../../tests/harness/cluster.mjs';

const HELP = `./run bench live [options]
  --queries A,B,...  live queries, each of its own rows (default 0,1,100,1000)
  --by A,B           stream, edges (default both)
  --rate N           writes per second that are tried (default 500)
  --seconds N        of each measurement (default 8)
  --writers N        connections that write (default 4)`;

const { values: options } = parseArgs({
  options: {
    queries: { type: 'string', default: '0,1,100,1000' }, by: { type: 'string', default: 'stream,edges' }, rate: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '8' }, writers: { type: 'string', default: '4' }, help: { type: 'boolean', default: false },
  },
});
const [rate, seconds, writers] = ['rate', 'seconds', 'writers'].map((name) => Number(options[name]));
const REGISTER_AT_ONCE = 8;
const VIEWS_A_CONNECTION = 100;

async function prepare(name) {
  const cluster = await Cluster.open(name, startRealServer.bind(null, serverProgram()));
  await cluster.query('DEFINE TABLE item SCHEMALESS CHANGEFEED 1h');
  await cluster.addScheduler();
  await cluster.addSsp({ SPOOKY_SSP_STREAMS_VIEWS: '100000' });
  await cluster.ready();
  await cluster.applySchema();
  return cluster;
}

async function registerAll(cluster, count, edges) {
  const answers = new Array(count);
  let next = 0;
  await Promise.all(Array.from({ length: REGISTER_AT_ONCE }, async () => {
    for (let kind; (kind = next++) < count;) {
      const { status, json, text } = await post(`${cluster.scheduler.url}/view/register`,
        { id: `live_${kind}`, surql: 'SELECT * FROM item WHERE kind = $kind', params: { kind }, rows: false, edges }, { withinMs: 60_000 });
      if (status !== 200) throw new Error(`view ${kind}: ${status} ${text}`);
      answers[kind] = json;
    }
  }));
  return answers;
}

/** Follows all views by stream; `arrived(number)` is called for each write that is seen. */
async function followStreams(answers, arrived) {
  const sockets = [];
  let shown = 0;
  for (let from = 0; from < answers.length; from += VIEWS_A_CONNECTION) {
    const socket = new WebSocket(`${new URL(answers[from].stream_url).origin.replace('http', 'ws')}/live`);
    sockets.push(socket);
    socket.on('message', (data) => {
      const now = performance.now();
      const message = JSON.parse(data);
      if (message.type === 'snapshot') shown += 1;
      for (const [, , row] of [...(message.added ?? []), ...(message.updated ?? [])]) arrived(row.number, now);
    });
    await new Promise((resolve, reject) => { socket.on('open', resolve); socket.on('error', reject); });
    for (const { view, stream_token: token } of answers.slice(from, from + VIEWS_A_CONNECTION)) socket.send(JSON.stringify({ type: 'subscribe', view, token, rows: true }));
  }
  await eventually(() => { if (shown < answers.length) throw new Error(`${shown} snapshots`); }, 60_000);
  return () => sockets.forEach((socket) => socket.terminate());
}

/** Follows all views' edges by one LIVE query; an edge's version rises with each write of its record. */
async function followEdges(cluster, arrivedEdge) {
  const { socket, call, close } = await connectRaw(cluster.surrealdb.addr, { namespace: NAMESPACE, database: cluster.database });
  const { cbor } = await import('../../tests/surrealdb/cbor_frame.mjs');
  socket.on('message', (data) => {
    const now = performance.now();
    const { id, result } = cbor.decode(new Uint8Array(data));
    if (id === undefined && result?.result?.out) arrivedEdge(String(result.result.out), now);
  });
  await call('query', 'LIVE SELECT * FROM _spooky_list_ref');
  return close;
}

const at = (sorted, share) => (sorted.length === 0 ? null : Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(2)));

async function measure(by, queries) {
  const cluster = await prepare(`bench_live_${by}`);
  try {
    const kinds = Math.max(queries, 1);
    const began = performance.now();
    const answers = await registerAll(cluster, queries, by === 'edges');
    const registering = performance.now() - began;
    const sent = new Map(); // number or record -> when its write was acknowledged, and what it was
    const times = [];
    const seen = new Map();
    const note = (key, now) => { if (!seen.has(key)) seen.set(key, now); };
    const stop = queries === 0 ? () => {} : by === 'stream' ? await followStreams(answers, note)
      : await followEdges(cluster, note);
    const connections = await Promise.all(Array.from({ length: writers }, () => cluster.connect()));
    const start = performance.now();
    const until = start + seconds * 1000;
    let number = 0;
    let written = 0;
    await Promise.all(connections.map(async (db) => {
      while (performance.now() < until) {
        const mine = number++;
        const due = start + (mine * 1000) / rate;
        if (due > performance.now()) await pause(due - performance.now());
        // Each write a record of its own: an edge of its own, which is seen once.
        await db.query('CREATE type::record("item", $n) SET kind = $kind, number = $n RETURN NONE', { n: mine, kind: mine % kinds }).collect();
        sent.set(by === 'stream' ? mine : `item:${mine}`, performance.now());
        written += 1;
      }
    }));
    const took = (performance.now() - start) / 1000;
    if (queries > 0) await eventually(() => { if (seen.size < sent.size) throw new Error(`${seen.size} of ${sent.size} seen`); }, 30_000).catch(() => {});
    for (const [key, when] of sent) if (seen.has(key)) times.push(Math.max(0, seen.get(key) - when));
    times.sort((a, b) => a - b);
    stop();
    await Promise.all(connections.map((db) => db.close()));
    return {
      bench: 'live', by, queries, rate_tried: rate, writes_per_s: Math.round(written / took), written, seen: times.length,
      p50_ms: at(times, 0.5), p99_ms: at(times, 0.99), max_ms: at(times, 1), registered_per_s: queries ? Math.round((queries * 1000) / registering) : null,
    };
  } finally {
    await cluster.stop();
  }
}

if (options.help) {
  console.log(HELP);
} else {
  for (const queries of options.queries.split(',').map(Number))
    for (const by of options.by.split(',')) console.log(JSON.stringify(await measure(by, queries)));
}
process.exit();
