// Outbox jobs with one SSP attached straight to SurrealDB: it finds them itself.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Cluster } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { get, post } from '../harness/http.mjs';
import { JobBackend } from '../harness/job_backend.mjs';
import { becomes, codes, createJob, jobSettings, OUTBOX } from './job_tables.mjs';

let cluster;
let backend;
let ssp;

before(async () => {
  backend = await JobBackend.open();
  cluster = await Cluster.open('jobs_single');
  await cluster.query(OUTBOX);
  await createJob(cluster, 'job:earlier');
  ssp = await cluster.addSsp(jobSettings(cluster, backend));
  await cluster.ready();
});
after(async () => {
  await cluster.stop();
  await backend.close();
});

test('a job that was there before is run', () => becomes(cluster, 'job:earlier', 'success'));

test('a new job is run, and retried', async () => {
  let calls = 0;
  backend.on('/api/fresh', () => (++calls === 1 ? 500 : 200));
  await createJob(cluster, 'job:fresh');
  const done = await becomes(cluster, 'job:fresh', 'success');
  assert.deepEqual(codes(done), ['HTTP_500']);
  assert.deepEqual(backend.of('job:fresh').map(({ attempt }) => attempt), [1, 2]);
  const { json } = await get(`${ssp.url}/metrics`);
  assert.equal(json.ssp.running_jobs, 0);
  assert.equal(json.ssp.jobs.job.succeeded, 2);
});

test('/job/dispatch takes a job of an outbox table', async () => {
  await createJob(cluster, 'job:given');
  assert.equal((await post(`${ssp.url}/job/dispatch`, { job_id: 'job:given', table: 'job', payload: {} })).status, 202);
  assert.equal((await post(`${ssp.url}/job/dispatch`, { job_id: 'x:1', table: 'x', payload: {} })).status, 400);
  await becomes(cluster, 'job:given', 'success');
  assert.equal(backend.of('job:given').length, 1);
});

test('killed with a job and started again, under another id, it takes the job over', async () => {
  let calls = 0;
  backend.on('/api/killed', () => (++calls === 1 ? undefined : 200));
  await createJob(cluster, 'job:killed', { timeout: 60 });
  await eventually(() => assert.equal(calls, 1));
  await ssp.kill();
  await createJob(cluster, 'job:meanwhile');
  ssp.env.SSP_ID = 'another';
  await ssp.start();
  await becomes(cluster, 'job:meanwhile', 'success');
  const done = await becomes(cluster, 'job:killed', 'success');
  assert.deepEqual(codes(done), ['ABANDONED']);
  assert.deepEqual(backend.of('job:killed').map(({ attempt }) => attempt), [1, 2]);
});
