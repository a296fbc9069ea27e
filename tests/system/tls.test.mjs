// Everything over TLS: clients and peers of scheduler and SSP, and a real SurrealDB by wss.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { after, before, test } from 'node:test';
import { Authority } from '../harness/certificates.mjs';
import { Cluster, NAMESPACE } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { get } from '../harness/http.mjs';
import { binary } from '../harness/program.mjs';
import { edges, register } from '../harness/views.mjs';
import { serverProgram, startRealServer } from '../surrealdb/real_server.mjs';
import { startSurrealdb } from '../surrealdb/start.mjs';

const program = process.env.SURREALDB_ADDR ? null : serverProgram();
const folder = mkdtempSync(join(tmpdir(), 'spooky-tls-'));
let authority;
let own;
let cluster;
let rejected;

before(async () => {
  // The test's own clients are not what is tested here, but for one that verifies for itself.
  rejected = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  authority = new Authority(folder);
  own = authority.vouchFor('spooky');
  const database = authority.vouchFor('database');
  cluster = await Cluster.open('tls', (options) => (program
    ? startRealServer(program, { tls: database, env: { SSL_CERT_FILE: authority.cert } }) : startSurrealdb(options)));
  await cluster.query('DEFINE TABLE note; CREATE note:1 SET n = 1;');
  const tls = { SPOOKY_TLS_CERT: own.cert, SPOOKY_TLS_KEY: own.key, SPOOKY_TLS_CA: authority.cert, SPOOKY_NODE_SECRET: 's3cret' };
  await cluster.addScheduler({ ...tls, SPOOKY_SCHEDULER_ADVERTISE_ADDR: '' });
  await cluster.addSsp((port) => ({ ...tls, ADVERTISE_ADDR: `127.0.0.1:${port}` }));
  await cluster.ready();
});
after(async () => {
  await cluster?.stop();
  if (rejected === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  rmSync(folder, { recursive: true, force: true });
});

/** The certificate that a listener shows. */
const shown = (port) => new Promise((resolve, reject) => {
  const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
    resolve(socket.getPeerCertificate().serialNumber);
    socket.end();
  });
  socket.on('error', reject);
});

test('a pool works with every connection encrypted, and the database by wss', async (t) => {
  if (!program) t.diagnostic('no SurrealDB server here: the database is reached by ws');
  else assert.match(cluster.surrealdb.addr, /^wss:/);
  const [{ url }] = (await get(`${cluster.scheduler.url}/metrics`)).json.ssps;
  if (url) assert.match(url, /^https:/);
  const { status, text } = await get(`${cluster.scheduler.url}/health`);
  assert.equal(status, 200, text);
});

test('the database posts registrations over TLS, and views follow', async (t) => {
  if (!program) return t.skip('the embedded engine trusts no authority of a test');
  // Both processes install the definitions; a registration meanwhile may have to be repeated.
  const view = await eventually(() => register(cluster.db, 'SELECT * FROM note'));
  await cluster.query('CREATE note:2 SET n = 2');
  await eventually(async () => assert.equal((await edges(cluster.db, view)).length, 2));
});

test('a client that verifies is satisfied; one that speaks no TLS gets nothing', async () => {
  const status = await new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: cluster.scheduler.port, path: '/version', ca: readFileSync(authority.cert), rejectUnauthorized: true },
      (answer) => { answer.resume(); resolve(answer.statusCode); }).on('error', reject).end();
  });
  assert.equal(status, 200);
  await assert.rejects(get(`http://127.0.0.1:${cluster.scheduler.port}/version`));
});

test('the tool reaches a scheduler that its authority vouches for, and no other', async () => {
  const run = (ca) => promisify(execFile)(binary('spooky'), ['status', '--scheduler', cluster.scheduler.url, '--ca', ca]);
  assert.match((await run(authority.cert)).stdout, /ssp-1/);
  const other = new Authority(folder, 'other');
  await assert.rejects(run(other.cert), /TLS handshake failed/);
});

test('a renewed certificate is shown without a restart', async () => {
  const before = await shown(cluster.scheduler.port);
  authority.vouchFor('spooky');
  await eventually(async () => {
    for (const { port } of [cluster.scheduler, ...cluster.ssps]) assert.notEqual(await shown(port), before);
  }, 30_000);
  assert.equal((await get(`${cluster.scheduler.url}/health`)).status, 200);
});

test('files that cannot be used stop the start, each with its setting', () => {
  const other = authority.vouchFor('other-server');
  const start = (tls) => {
    const settings = join(folder, 'spooky.yml');
    writeFileSync(settings, `ingest_host: 127.0.0.1\ntls: ${JSON.stringify(tls)}\n`);
    const { status, stderr } = spawnSync(binary('spooky-scheduler'), ['--check-config', '--config', settings], { encoding: 'utf8' });
    return { status, stderr };
  };
  assert.equal(start({ cert: own.cert, key: own.key, ca: authority.cert }).status, 0);
  for (const [tls, told] of [
    [{ cert: own.cert, key: other.key }, /spooky\.yml: tls\.cert, tls\.key: .*other-server\.key.*values mismatch/],
    [{ cert: own.cert, key: '/no/such.key' }, /tls\.key: .*\/no\/such\.key/],
    [{ cert: own.cert }, /spooky\.yml:2:.*: tls\.cert: .*needs tls\.cert and tls\.key/],
    [{ ca: own.key }, /spooky\.yml: tls\.ca: .*spooky\.key/],
  ]) {
    const { status, stderr } = start(tls);
    assert.equal(status, 2, stderr);
    assert.match(stderr, told);
  }
});

test('a database whose certificate nobody vouches for is not connected to', async (t) => {
  if (!program) return t.skip('needs a SurrealDB server');
  const schema = spawnSync(binary('spooky'), ['schema', '--apply', '--db-url', `${cluster.surrealdb.addr}/rpc`, '--ns', NAMESPACE,
    '--db', cluster.database, '--user', 'root', '--pass', 'root'], { encoding: 'utf8' });
  assert.equal(schema.status, 1);
  assert.match(schema.stderr, /TLS handshake failed/);
});
