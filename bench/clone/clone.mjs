// A scheduler clones a table. How does its rate compare with that of a bare client that reads the same pages and
// throws them away, in the same run? One JSON line: rows/s of both, and what part of the client's rate ours is.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { Cluster } from '../../tests/harness/cluster.mjs';
import { get } from '../../tests/harness/http.mjs';
import { cbor } from '../../tests/surrealdb/cbor_frame.mjs';

const HELP = `./run bench clone [options]
  --rows N        rows of about 200 bytes (default 1000000)
  --page-rows N   rows per SELECT (default 5000)`;

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' }, 'page-rows': { type: 'string', default: '5000' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  console.log(HELP);
  process.exit(0);
}
const [rows, pageRows] = [Number(options.rows), Number(options['page-rows'])];
const NAMESPACE = 'spooky_test';
const PER_INSERT = 5_000;
const UP_WITHIN_MS = 600_000;

const WebSocket = createRequire(new URL('../../tests/package.json', import.meta.url))('ws');

/** One connection that speaks frames and looks into answers only as far as their size. */
async function bareClient(addr, database) {
  const socket = new WebSocket(`ws://${addr}/rpc`, 'cbor');
  await once(socket, 'open');
  let id = 0;
  const call = async (method, params) => {
    socket.send(cbor.encode({ id: ++id, method, params }));
    const [data] = await once(socket, 'message');
    return data.byteLength;
  };
  await call('signin', [{ user: 'root', pass: 'root' }]);
  await call('use', [NAMESPACE, database]);
  return { query: (text) => call('query', [text]), close: () => socket.close() };
}

async function bareRate(cluster) {
  const client = await bareClient(cluster.surrealdb.addr, cluster.database);
  const began = performance.now();
  let bytes = 0;
  for (let after = -1; after < rows - 1; after += pageRows) {
    bytes += await client.query(`SELECT * FROM item${after < 0 ? '' : `:${after}>..`} LIMIT ${pageRows}`);
  }
  const seconds = (performance.now() - began) / 1000;
  client.close();
  if (bytes < rows * 100) throw new Error(`the bare client read ${bytes} bytes only`);
  return { rate: rows / seconds, bytesPerRow: bytes / rows };
}

async function cloneRate(cluster) {
  const up = cluster.addScheduler({ SPOOKY_SCHEDULER_CLONE_PAGE_ROWS: String(pageRows) });
  await up.catch(() => {});
  const deadline = Date.now() + UP_WITHIN_MS;
  for (;;) {
    const { json } = await get(`${cluster.scheduler.url}/health`);
    if (json?.state === 'ready') break;
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(json)}`);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  const log = readFileSync(cluster.scheduler.log, 'utf8');
  const [, cloned, seconds] = /cloned (\d+) rows of \d+ tables in ([\d.]+) s/.exec(log);
  // Where the database answered too late the clone was taken up again, and the line tells of its last part.
  const interrupted = (log.match(/clone interrupted/g) ?? []).length;
  const status = readFileSync(`/proc/${cluster.scheduler.pid}/status`, 'utf8');
  return { rate: Number(cloned) / Number(seconds), interrupted, peakMb: Number(/VmHWM:\s+(\d+)/.exec(status)[1]) / 1024 };
}

const cluster = await Cluster.open('bench-clone');
try {
  await cluster.query('DEFINE TABLE item SCHEMALESS');
  for (let from = 0; from < rows; from += PER_INSERT) {
    const batch = Array.from({ length: Math.min(PER_INSERT, rows - from) }, (_, n) => ({
      id: from + n, name: `item number ${from + n}`, score: (from + n) % 1000, active: n % 2 === 0, body: 'x'.repeat(120),
    }));
    await cluster.query('INSERT INTO item $batch RETURN NONE', { batch });
  }
  const first = await bareRate(cluster);
  const ours = await cloneRate(cluster);
  const second = await bareRate(cluster);
  const bare = Math.max(first.rate, second.rate);
  console.log(JSON.stringify({
    bench: 'clone', rows, page_rows: pageRows, bytes_per_row: Math.round(first.bytesPerRow),
    clone_rows_per_s: Math.round(ours.rate), select_rows_per_s: Math.round(bare), share: Number((ours.rate / bare).toFixed(2)),
    interrupted: ours.interrupted, scheduler_peak_mb: Math.round(ours.peakMb),
  }));
} finally {
  await cluster.stop();
}
