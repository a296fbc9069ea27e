// Neighbours on the network who take more than their share: connections, bodies, room on the disk. What others
// need goes on, and health says what does not.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Cluster } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { get, post } from '../harness/http.mjs';
import { smallDisk } from '../harness/process_limits.mjs';

const KIB = 1024;
const MIB = 1024 * KIB;
const CONNECTIONS = 200;
const DISK = join(tmpdir(), `spooky-disk-${process.pid}`);
const BODY_TIME_MS = 2_000;

let cluster;
let disk;

before(async () => {
  cluster = await Cluster.open('limits');
  disk = await smallDisk(DISK, 6 * MIB);
  await cluster.addScheduler({
    ...(disk ? { SPOOKY_SCHEDULER_WAL_PATH: join(DISK, 'wal') } : {}),
    SPOOKY_SCHEDULER_WAL_SEGMENT_BYTES: String(MIB),
    SPOOKY_SCHEDULER_LIMITS_CONNECTIONS: String(CONNECTIONS),
    SPOOKY_SCHEDULER_LIMITS_REQUEST_TIMEOUT_MS: String(BODY_TIME_MS),
  });
  await cluster.addSsp();
  await cluster.ready();
  await cluster.applySchema();
});
after(async () => {
  await cluster.stop();
  await disk?.unmount();
  rmSync(DISK, { recursive: true, force: true });
});

const scheduler = () => cluster.scheduler.url;
const change = (n, more = {}) => ({ table: 'posted', op: 'CREATE', id: `posted:${n}`, record: { n, ...more } });

/** A connection that has sent `text`; `ended` resolves to what it was told until its end. */
function raw(text = '') {
  const socket = connect(cluster.scheduler.port, '127.0.0.1');
  socket.on('error', () => {});
  if (text) socket.write(text);
  let told = '';
  socket.on('data', (bytes) => { told += bytes; });
  return Object.assign(socket, { ended: new Promise((resolve) => socket.on('close', () => resolve(told))) });
}

async function withMany(count, text, check) {
  const all = Array.from({ length: count }, () => raw(text));
  try {
    await Promise.all(all.map((socket) => new Promise((resolve) => socket.once('connect', resolve).once('error', resolve))));
    await check();
  } finally {
    for (const socket of all) socket.destroy();
  }
}

const HEAD = 'POST /ingest HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n';

test('seventy connections with one byte of a chunked body keep no POST out', async () => {
  await withMany(70, `${HEAD}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`, async () => {
    assert.equal((await post(`${scheduler()}/ingest`, change(1))).status, 200);
  });
});

test('seventy announcements of the largest body keep no POST out', async () => {
  await withMany(70, `${HEAD}Content-Length: ${16 * MIB}\r\n\r\n{`, async () => {
    assert.equal((await post(`${scheduler()}/ingest`, change(2))).status, 200);
  });
});

test('a body that trickles ends at request_timeout_ms', async () => {
  const socket = raw(`${HEAD}Content-Length: 100000\r\n\r\n`);
  const began = Date.now();
  const trickle = setInterval(() => socket.write('x'), 100);
  const told = await socket.ended;
  clearInterval(trickle);
  assert.match(told, /^HTTP\/1.1 408 /);
  assert.ok(Date.now() - began >= BODY_TIME_MS, 'too early');
});

test('twice as many idle connections as there may be lock nobody out', async () => {
  await withMany(2 * CONNECTIONS, '', async () => {
    for (let n = 0; n < 20; n++) {
      assert.equal((await get(`${scheduler()}/health`)).status, 200);
      assert.equal((await post(`${scheduler()}/ingest`, change(3))).status, 200);
    }
  });
});

test('where all connections are in the middle of a body, health is served all the same', async () => {
  await withMany(CONNECTIONS + 50, `${HEAD}Content-Length: 1000\r\n\r\n{`, async () => {
    assert.equal((await get(`${scheduler()}/health`)).status, 200);
  });
});

test('a full disk: 503 to who posts, health says so, and all goes on when there is room', async (context) => {
  if (!disk) return context.skip('this process may not mount a disk');
  await disk.fill();
  let refused;
  for (let n = 0; n < 60 && !refused; n++) {
    const answer = await post(`${scheduler()}/ingest`, change(100 + n, { text: 'x'.repeat(64 * KIB) }));
    if (answer.status !== 200) refused = answer;
  }
  assert.equal(refused?.status, 503, refused?.text);
  assert.equal(refused.json.code, 'OVERLOADED');
  assert.equal(refused.headers['retry-after'], '1');
  const health = await get(`${scheduler()}/health`);
  assert.equal(health.status, 503);
  assert.equal(health.json.status, 'unavailable');
  assert.match(health.json.detail, /write-ahead log.*No space left on device/);
  disk.empty();
  await eventually(async () => assert.equal((await post(`${scheduler()}/ingest`, change(4))).status, 200), 10_000);
  await eventually(async () => assert.equal((await get(`${scheduler()}/health`)).status, 200), 10_000);
});
