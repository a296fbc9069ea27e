// Writes at a steady rate while clients follow queries: how many writes per second the database takes, and how long after
// its acknowledgement a write is with the client whose query it concerns. Ours by stream and by edges; SurrealDB's own LIVE
// with its inline engine and with its router. One JSON line each, then a table.
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Cluster } from '../../tests/harness/cluster.mjs';
import { eventually } from '../../tests/harness/eventually.mjs';
import { post } from '../../tests/harness/http.mjs';
import { cbor } from '../../tests/surrealdb/cbor_frame.mjs';
import { connectRaw } from '../../tests/surrealdb/client.mjs';
import { serverProgram, startRealServer } from '../../tests/surrealdb/real_server.mjs';
import { NAMESPACE } from '../../tests/harness/cluster.mjs';

// The tests' packages, of which this folder has none.
const WebSocket = createRequire(new URL('../../tests/package.json', import.meta.url))('ws');

const HELP = `./run bench live [options]
  --queries A,B,...  live queries, each of its own rows (default 0,1,100,1000,10000)
  --by A,B           stream, edges, inline, router (default all)
  --rate N           writes per second that are tried (default 500)
  --seconds N        of each measurement (default 8)
  --writers N        connections that write (default 4)`;

const { values: options } = parseArgs({
  options: {
    queries: { type: 'string', default: '0,1,100,1000,10000' }, by: { type: 'string', default: 'stream,edges,inline,router' }, rate: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '8' }, writers: { type: 'string', default: '4' }, help: { type: 'boolean', default: false },
  },
});
const [rate, seconds, writers] = ['rate', 'seconds', 'writers'].map((name) => Number(options[name]));
const REGISTER_AT_ONCE = 2;
const VIEWS_A_CALL = 100;
const VIEWS_A_CONNECTION = 100;

/** SurrealDB's own ways, by the name of its engine. */
const ALONE = ['inline', 'router'];

/** The database, with us beside it unless it is to be alone. */
async function prepare(by) {
  const env = ALONE.includes(by) ? { SURREAL_LIVE_QUERY_ENGINE: by } : {};
  const cluster = await Cluster.open(`bench_live_${by}`, (options) => startRealServer(serverProgram(), { ...options, env }));
  await cluster.query(`DEFINE TABLE item SCHEMALESS${ALONE.includes(by) ? '' : ' CHANGEFEED 1h'}`);
  if (ALONE.includes(by)) return cluster;
  await cluster.addScheduler();
  await cluster.addSsp({ SPOOKY_SSP_STREAMS_VIEWS: '100000' });
  await cluster.ready();
  await cluster.applySchema();
  return cluster;
}

/** Registers by arrays, two at a time. */
async function registerAll(cluster, count, edges) {
  const answers = new Array(count);
  let next = 0;
  await Promise.all(Array.from({ length: REGISTER_AT_ONCE }, async () => {
    while (next < count) {
      const from = next;
      next = Math.min(count, from + VIEWS_A_CALL);
      const views = Array.from({ length: next - from }, (_, i) => ({ id: `live_${from + i}`, surql: 'SELECT * FROM item WHERE kind = $kind', params: { kind: from + i }, rows: false, edges }));
      const { status, json, text } = await post(`${cluster.scheduler.url}/view/register`, views, { withinMs: 120_000 });
      if (status !== 200) throw new Error(`views from ${from}: ${status} ${text}`);
      const refused = json.find(({ code }) => code);
      if (refused) throw new Error(`views from ${from}: ${refused.code} ${refused.message}`);
      answers.splice(from, json.length, ...json);
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
  socket.on('message', (data) => {
    const now = performance.now();
    const { id, result } = cbor.decode(new Uint8Array(data));
    if (id === undefined && result?.result?.out) arrivedEdge(String(result.result.out), now);
  });
  await call('query', 'LIVE SELECT * FROM _spooky_list_ref');
  return close;
}

/** Follows all queries by LIVE, spread over connections; how long that took, and how to end it. */
async function followLive(cluster, count, arrived) {
  const began = performance.now();
  const connections = [];
  for (let from = 0; from < count; from += VIEWS_A_CONNECTION) {
    const connection = await connectRaw(cluster.surrealdb.addr, { namespace: NAMESPACE, database: cluster.database });
    connections.push(connection);
    connection.socket.on('message', (data) => {
      const now = performance.now();
      const { id, result } = cbor.decode(new Uint8Array(data));
      if (id === undefined && result?.result) arrived(result.result.number, now);
    });
    for (let kind = from; kind < Math.min(count, from + VIEWS_A_CONNECTION); kind += 1) {
      const { error, result } = await connection.call('query', `LIVE SELECT * FROM item WHERE kind = ${kind}`);
      if (error || result[0].status !== 'OK') throw new Error(`LIVE ${kind}: ${JSON.stringify(error ?? result)}`);
    }
  }
  return { registering: performance.now() - began, stop: () => connections.forEach((connection) => connection.close()) };
}

/** Registers and follows the queries; how long the registering took, and how to end the following. */
async function follow(cluster, by, queries, note) {
  if (queries === 0) return { registering: 0, stop: () => {} };
  if (ALONE.includes(by)) return followLive(cluster, queries, note);
  const began = performance.now();
  const answers = await registerAll(cluster, queries, by === 'edges');
  const registering = performance.now() - began;
  return { registering, stop: await (by === 'stream' ? followStreams(answers, note) : followEdges(cluster, note)) };
}

const at = (sorted, share) => (sorted.length === 0 ? null : Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(2)));

async function measure(by, queries) {
  const cluster = await prepare(by);
  try {
    const kinds = Math.max(queries, 1);
    const sent = new Map(); // number or record -> when its write was acknowledged, and what it was
    const times = [];
    const seen = new Map();
    const note = (key, now) => { if (!seen.has(key)) seen.set(key, now); };
    const { registering, stop } = await follow(cluster, by, queries, note);
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
        sent.set(by === 'edges' ? `item:${mine}` : mine, performance.now());
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

/** A row for each number of queries, with each way's writes per second and times until they are seen. */
function table(results) {
  const ways = options.by.split(',');
  const cell = ({ writes_per_s: rate, p50_ms: p50, p99_ms: p99, seen, written, queries }) =>
    `${rate}/s${queries === 0 ? '' : seen < written ? `, ${seen} of ${written} seen` : `, ${p50} / ${p99} ms`}`;
  const lines = options.queries.split(',').map((queries) => [queries, ...ways.map((by) => cell(results.find((one) => one.by === by && one.queries === Number(queries))))]);
  return [['queries', ...ways], ['---', ...ways.map(() => '---')], ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

if (options.help) {
  console.log(HELP);
} else {
  const results = [];
  for (const queries of options.queries.split(',').map(Number)) {
    for (const by of options.by.split(',')) {
      results.push(await measure(by, queries));
      console.log(JSON.stringify(results.at(-1)));
    }
  }
  console.log(`\n${table(results)}`);
}
process.exit();
