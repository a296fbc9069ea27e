// The shapes that operators, pollers and dashboards read.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { Cluster } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { get, send } from '../harness/http.mjs';
import { binary } from '../harness/program.mjs';
import { register } from '../harness/views.mjs';
import { endpointsOf } from '../structure/endpoints.mjs';
import { textOf } from '../structure/tracked.mjs';

let cluster;
let scheduler;
let ssp;

before(async () => {
  cluster = await Cluster.open('endpoints');
  await cluster.query('DEFINE TABLE note; CREATE note:1 SET n = 1;');
  scheduler = (await cluster.addScheduler()).url;
});
after(() => cluster.stop());

const answered = async (url, expected = 200) => {
  const { status, json, text, headers } = await get(url);
  assert.equal(status, expected, text);
  assert.ok(headers['x-request-id']);
  return json;
};

test('a scheduler without SSPs is unavailable but tells its state', async () => {
  const health = await answered(`${scheduler}/health`, 503);
  assert.equal(health.status, 'unavailable');
  for (const field of ['state', 'db', 'seq', 'replica_seq']) assert.ok(field in health, field);
});

test('with a ready SSP it is healthy', async () => {
  ssp = (await cluster.addSsp()).url;
  await cluster.ready();
  assert.equal((await answered(`${scheduler}/health`)).status, 'healthy');
  const { status, state } = await answered(`${ssp}/health`);
  assert.deepEqual({ status, state }, { status: 'ok', state: 'ready' });
});

test('/version', async () => {
  const ofScheduler = await answered(`${scheduler}/version`);
  assert.match(ofScheduler.version, /^\d+\.\d+\.\d+/);
  assert.equal(typeof ofScheduler.mode, 'string');
  assert.deepEqual(await answered(`${ssp}/version`), { version: ofScheduler.version, mode: 'streaming' });
});

test('/info', async () => {
  await cluster.applySchema();
  await register(cluster.db, 'SELECT * FROM note');
  await eventually(async () => {
    const all = await answered(`${scheduler}/info`);
    const [own] = all.filter(({ entity }) => entity === 'scheduler');
    assert.deepEqual(Object.keys(own).sort(), ['entity', 'id', 'status', 'views']);
    const [pooled] = all.filter(({ entity }) => entity === 'ssp');
    assert.deepEqual([pooled.id, pooled.views], ['ssp-1', 1]);
  });
  const [own] = await answered(`${ssp}/info`);
  assert.deepEqual([own.entity, own.id, own.views], ['ssp', 'ssp-1', 1]);
});

test('/metrics as JSON', async () => {
  await eventually(async () => {
    const { scheduler: totals, ssps } = await answered(`${scheduler}/metrics`);
    assert.deepEqual([totals.total_ssps, totals.ready_ssps, totals.total_queries, totals.running_jobs], [1, 1, 1, 0]);
    assert.ok(totals.uptime_seconds >= 0);
    const [{ id, views, query_count, ...rest }] = ssps;
    assert.deepEqual([id, views, query_count], ['ssp-1', 1, 1]);
    for (const field of ['state', 'cpu_usage', 'memory_usage', 'last_heartbeat_seconds_ago', 'buffered', 'sent_seq', 'acked_seq']) {
      assert.ok(field in rest, field);
    }
    assert.ok(rest.memory_usage > 0, 'memory_usage is not measured');
    assert.ok(rest.last_heartbeat_seconds_ago < 2);
  });
});

test('/metrics for Prometheus', async () => {
  const sample = /^[a-z_:][\w:]*(\{[^}]*\})? [-+\d.eINFa]+$/;
  for (const [url, headers] of [
    [`${scheduler}/metrics/prometheus`, {}],
    [`${scheduler}/metrics`, { accept: 'text/plain' }],
    [`${ssp}/metrics`, { accept: 'text/plain' }],
  ]) {
    const { status, text, headers: answer } = await get(url, { headers });
    assert.equal(status, 200);
    assert.match(answer['content-type'], /^text\/plain/);
    const samples = text.split('\n').filter((line) => line && !line.startsWith('#'));
    assert.ok(samples.length > 3, text);
    assert.deepEqual(samples.filter((line) => !sample.test(line)), []);
  }
});

test('/debug tells how a view is kept', async () => {
  const { tables } = await answered(`${ssp}/debug/deps`);
  assert.ok(JSON.stringify(tables).includes('note'));
  const [{ id }] = (await cluster.query('SELECT id FROM _spooky_query')) ?? [];
  const debug = await answered(`${ssp}/debug/view/${encodeURIComponent(String(id))}`);
  assert.equal(debug.mode, 'incremental');
  await answered(`${ssp}/debug/view/unknown`, 404);
});

for (const [name, urlOf] of [['scheduler', () => scheduler], ['ssp', () => ssp]]) {
  const listed = () => execFileSync(binary(`spooky-${name}`), ['--list-endpoints'], { encoding: 'utf8' })
    .trim().split('\n').map((line) => JSON.parse(line));

  test(`spooky-${name} lists the endpoints that the documents are compared with`, () => {
    const rows = endpointsOf(textOf(`actors/front/${name}_endpoints.cpp`));
    assert.deepEqual(listed().map(({ method, path, access, accepts, time }) => [`${method} ${path}`, access.replaceAll(' ', '_'), accepts.sort(), time]),
      rows.map(({ call, access, accepts, within }) => [call, access, accepts, within]));
  });

  test(`spooky-${name} serves each endpoint it lists, and tells what a path allows`, async () => {
    const rows = listed();
    for (const pattern of new Set(rows.map(({ path }) => path))) {
      const path = pattern.replace('{id}', 'x');
      const allowed = rows.filter((row) => row.path === pattern).flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
      for (const [method, expected] of [['OPTIONS', 204], ['PATCH', 405]]) {
        const { status, headers } = await send(method, urlOf() + path);
        assert.equal(status, expected, `${method} ${path}`);
        assert.deepEqual(headers.allow.split(', ').sort(), [...allowed, 'OPTIONS'].sort(), path);
      }
    }
  });
}
