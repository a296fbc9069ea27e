// Outbox jobs: every pending record is run, by one SSP, until it succeeds or has failed for good.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Cluster } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { get, post } from '../harness/http.mjs';
import { JobBackend } from '../harness/job_backend.mjs';
import { becomes, codes, createJob, jobSettings, OUTBOX, row, TOKEN } from './job_tables.mjs';

let cluster;
let backend;
let env;

before(async () => {
  backend = await JobBackend.open();
  cluster = await Cluster.open('jobs');
  await cluster.query(OUTBOX);
  env = jobSettings(cluster, backend);
  await cluster.addScheduler(env);
  await Promise.all([cluster.addSsp(env), cluster.addSsp(env)]);
  await cluster.ready();
});
after(async () => {
  await cluster.stop();
  await backend.close();
});

const figures = async (url) => {
  const { json } = await get(`${url}/metrics`);
  return (json.scheduler ?? json.ssp);
};

/** Answers these, one after the other, and the last for ever. */
const inTurn = (...answers) => () => (answers.length > 1 ? answers.shift() : answers[0]);

/** The SSP that holds a job, as the database says. */
const holder = (id) => eventually(async () => {
  const [name] = await cluster.query(`SELECT VALUE ssp FROM _spooky_job WHERE job = ${id}`);
  assert.ok(name, `nobody holds ${id}`);
  return cluster.ssps.find((ssp) => ssp.name === name);
});

test('a job is posted with its payload, the token and its key, and succeeds', async () => {
  await createJob(cluster, 'job:first', { payload: { to: 'ann', n: 1 }, path: '/send?x=1' });
  const done = await becomes(cluster, 'job:first', 'success');
  assert.equal(done.retries, 0);
  assert.deepEqual(done.errors, []);
  const [call, ...more] = backend.of('job:first');
  assert.deepEqual(more, []);
  assert.equal(call.path, '/api/send?x=1');
  assert.deepEqual(call.body, { to: 'ann', n: 1 });
  assert.equal(call.headers.authorization, `Bearer ${TOKEN}`);
  assert.equal(call.headers['content-type'], 'application/json');
  assert.equal(call.key, 'job:first:1');
});

test('a payload that is JSON text is sent as it is', async () => {
  await createJob(cluster, 'job:text', { payload: '{"raw": [1, 2]}' });
  await becomes(cluster, 'job:text', 'success');
  assert.deepEqual(backend.of('job:text')[0].body, { raw: [1, 2] });
});

test('a failure of the server is retried after linear pauses', async () => {
  backend.on('/api/linear', inTurn(500, 503, 200));
  await createJob(cluster, 'job:linear');
  const done = await becomes(cluster, 'job:linear', 'success');
  assert.equal(done.retries, 2);
  assert.deepEqual(codes(done), ['HTTP_500', 'HTTP_503']);
  const calls = backend.of('job:linear');
  assert.deepEqual(calls.map(({ attempt }) => attempt), [1, 2, 3]);
  assert.ok(calls[1].at - calls[0].at >= 195, 'the first pause is 200 ms at least');
  assert.ok(calls[2].at - calls[1].at >= 395, 'the second pause is 400 ms at least');
});

test('retries end, and the job has failed with every error', async () => {
  backend.on('/api/hopeless', () => ({ status: 502, body: { message: 'down' } }));
  await createJob(cluster, 'job:hopeless', { max_retries: 2, retry_strategy: 'exponential' });
  const done = await becomes(cluster, 'job:hopeless', 'failed');
  assert.deepEqual(codes(done), ['HTTP_502', 'HTTP_502', 'HTTP_502']);
  assert.match(done.errors[0].reason, /down/);
  assert.equal(backend.of('job:hopeless').length, 3);
});

test('a client error is not retried', async () => {
  backend.on('/api/refused', () => ({ status: 422, body: { message: `no such user, ${TOKEN}` } }));
  await createJob(cluster, 'job:refused');
  const done = await becomes(cluster, 'job:refused', 'failed');
  assert.deepEqual(codes(done), ['HTTP_422']);
  assert.match(done.errors[0].reason, /no such user/);
  assert.equal(done.retries, 0);
  assert.equal(backend.of('job:refused').length, 1);
});

test('429 is retried when Retry-After says so', async () => {
  backend.on('/api/busy', inTurn({ status: 429, headers: { 'retry-after': '1' } }, 200));
  const date = (ms) => new Date(Date.now() + ms).toUTCString();
  backend.on('/api/dated', inTurn({ status: 503, headers: { 'retry-after': date(2000), date: date(0) } }, 200));
  await Promise.all([createJob(cluster, 'job:busy'), createJob(cluster, 'job:dated')]);
  await Promise.all([becomes(cluster, 'job:busy', 'success'), becomes(cluster, 'job:dated', 'success')]);
  for (const id of ['job:busy', 'job:dated']) {
    const [first, second] = backend.of(id);
    assert.ok(second.at - first.at >= 990, `${id} came back after ${second.at - first.at} ms`);
  }
});

test('an attempt that takes longer than the job allows is cut off and retried', async () => {
  let calls = 0;
  backend.on('/api/slow', () => (++calls === 1 ? undefined : 200));
  await createJob(cluster, 'job:slow', { timeout: 1 });
  const done = await becomes(cluster, 'job:slow', 'success');
  assert.deepEqual(codes(done), ['TIMEOUT']);
  const [first, second] = backend.of('job:slow');
  assert.ok(second.at - first.at >= 1000 && second.at - first.at < 4000);
});

test('malformed jobs and jobs without a backend fail where one can see it', async () => {
  await createJob(cluster, 'job:odd', { path: 7 });
  await createJob(cluster, 'job:dots', { path: '/../admin' });
  await createJob(cluster, 'job:broken', { payload: '{"a":' });
  await createJob(cluster, 'lonely_job:one');
  for (const [id, code, reason] of [['job:odd', 'INVALID_JOB', /path/], ['job:dots', 'INVALID_JOB', /path/],
    ['job:broken', 'INVALID_JOB', /payload/], ['lonely_job:one', 'NO_BACKEND', /lonely_job/]]) {
    const done = await becomes(cluster, id, 'failed');
    assert.deepEqual(codes(done), [code]);
    assert.match(done.errors[0].reason, reason);
  }
});

test('many jobs at once: each runs once, within the concurrency, on both SSPs', async () => {
  backend.on('/api/many', () => ({ status: 200, afterMs: 30 }));
  backend.peak = 0;
  const before = await Promise.all(cluster.ssps.map(async ({ url }) => (await figures(url)).jobs.job.succeeded));
  await cluster.query('FOR $n IN 1..=60 { CREATE type::record("job", "many" + <string> $n) SET path = "/many" }');
  await eventually(async () => {
    assert.equal((await cluster.query('SELECT VALUE id FROM job WHERE path = "/many" AND status = "success"')).length, 60);
  }, 20_000);
  const keys = backend.calls.filter(({ path }) => path === '/api/many').map(({ key }) => key);
  assert.equal(keys.length, 60);
  assert.equal(new Set(keys).size, 60);
  assert.ok(backend.peak >= 2 && backend.peak <= 4, `${backend.peak} at once`);
  const after = await Promise.all(cluster.ssps.map(async ({ url }) => (await figures(url)).jobs.job.succeeded));
  after.forEach((count, n) => assert.ok(count > before[n], `SSP ${n + 1} ran none`));
});

test('/metrics counts what runs', async () => {
  backend.on('/api/counted', () => ({ status: 200, afterMs: 1500 }));
  await createJob(cluster, 'job:counted');
  await eventually(async () => assert.equal((await figures(cluster.scheduler.url)).running_jobs, 1));
  await becomes(cluster, 'job:counted', 'success');
  await eventually(async () => assert.equal((await figures(cluster.scheduler.url)).running_jobs, 0));
  const { jobs } = await figures(cluster.scheduler.url);
  assert.equal(jobs.job.backend, 'mail');
  assert.ok(jobs.job.succeeded > 60 && jobs.job.failed >= 4 && jobs.job.retried >= 5, JSON.stringify(jobs));
  const { text } = await get(`${cluster.scheduler.url}/metrics/prometheus`);
  assert.match(text, /^spooky_jobs_succeeded_total\{table="job",backend="mail"\} \d+$/m);
});

test('/job/dispatch names the SSP; /job/result knows what is in work', async () => {
  const scheduler = (path, body) => post(cluster.scheduler.url + path, body);
  backend.on('/api/asked', () => ({ status: 200, afterMs: 800 }));
  await createJob(cluster, 'job:asked');
  const { status, json } = await scheduler('/job/dispatch', { job_id: 'job:asked', table: 'job', payload: {} });
  assert.equal(status, 200);
  assert.ok(cluster.ssps.some(({ name }) => name === json.ssp_id));
  assert.equal((await scheduler('/job/result', { job_id: 'job:asked', status: 'running' })).status, 200);
  await becomes(cluster, 'job:asked', 'success');
  assert.equal(backend.of('job:asked').length, 1);
  assert.equal((await scheduler('/job/dispatch', { job_id: 'note:1', table: 'note', payload: {} })).status, 400);
  assert.equal((await scheduler('/job/result', { job_id: 'job:none', status: 'completed' })).status, 404);
});

test('an SSP is killed with a job: the other one repeats it, the attempt recorded', async () => {
  let calls = 0;
  backend.on('/api/killed', () => (++calls === 1 ? undefined : 200));
  await createJob(cluster, 'job:killed', { timeout: 60 });
  await eventually(() => assert.equal(calls, 1));
  const victim = await holder('job:killed');
  await victim.kill();
  const done = await becomes(cluster, 'job:killed', 'success');
  assert.deepEqual(backend.of('job:killed').map(({ key }) => key), ['job:killed:1', 'job:killed:2']);
  assert.deepEqual(codes(done), ['ABANDONED']);
  assert.match(done.errors[0].reason, new RegExp(victim.name));
  await victim.start();
  await cluster.ready();
});

test('an SSP killed and started again at once repeats its own job', async () => {
  let calls = 0;
  backend.on('/api/reborn', () => (++calls === 1 ? undefined : 200));
  await createJob(cluster, 'job:reborn', { timeout: 60 });
  await eventually(() => assert.equal(calls, 1));
  const victim = await holder('job:reborn');
  await victim.kill();
  await victim.start();
  await becomes(cluster, 'job:reborn', 'success');
  assert.deepEqual(backend.of('job:reborn').map(({ attempt }) => attempt), [1, 2]);
  await cluster.ready();
});

test('an SSP is paused with a job: what it says when it comes back is void', async () => {
  let calls = 0;
  backend.on('/api/zombie', () => (++calls === 1 ? { status: 400, afterMs: 4000 } : { status: 200, afterMs: 300 }));
  await createJob(cluster, 'job:zombie', { timeout: 60 });
  await eventually(() => assert.equal(calls, 1));
  const zombie = await holder('job:zombie');
  const rejected = (await figures(zombie.url)).jobs.job.rejected;
  zombie.signal('SIGSTOP');
  try {
    await becomes(cluster, 'job:zombie', 'success');
  } finally {
    zombie.signal('SIGCONT');
  }
  await eventually(async () => assert.equal((await figures(zombie.url)).jobs.job.rejected, rejected + 1), 10_000);
  const done = await row(cluster, 'job:zombie');
  assert.equal(done.status, 'success');
  assert.deepEqual(codes(done), ['ABANDONED']);
  await cluster.ready();
});

test('the scheduler is killed: nothing is forgotten, what runs is left to run', async () => {
  backend.on('/api/long', () => ({ status: 200, afterMs: 3000 }));
  await createJob(cluster, 'job:long', { timeout: 60 });
  await eventually(() => assert.equal(backend.of('job:long').length, 1));
  await cluster.scheduler.kill();
  await cluster.query('FOR $n IN 1..=20 { CREATE type::record("job", "meanwhile" + <string> $n) SET path = "/meanwhile" }');
  await cluster.scheduler.start();
  await eventually(async () => {
    assert.equal((await cluster.query('SELECT VALUE id FROM job WHERE path = "/meanwhile" AND status = "success"')).length, 20);
  }, 20_000);
  await becomes(cluster, 'job:long', 'success');
  assert.equal(backend.of('job:long').length, 1);
  const keys = backend.calls.filter(({ path }) => path === '/api/meanwhile').map(({ key }) => key);
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(keys.length, 20);
});

test('an SSP that is told to stop ends its job first', async () => {
  backend.on('/api/stopped', () => ({ status: 200, afterMs: 1500 }));
  await createJob(cluster, 'job:stopped');
  await eventually(() => assert.equal(backend.of('job:stopped').length, 1));
  const leaving = await holder('job:stopped');
  assert.equal(await leaving.stop(), 0);
  const done = await becomes(cluster, 'job:stopped', 'success');
  assert.deepEqual(done.errors, []);
  assert.equal(backend.of('job:stopped').length, 1);
  await leaving.start();
  await cluster.ready();
});

test('no job is left held, and the token is in no log and no record', async () => {
  await eventually(async () => assert.deepEqual(await cluster.query('SELECT * FROM _spooky_job'), []));
  assert.ok(!JSON.stringify(await cluster.query('SELECT * FROM job')).includes(TOKEN));
  for (const program of [cluster.scheduler, ...cluster.ssps]) assert.ok(!readFileSync(program.log, 'utf8').includes(TOKEN));
});
