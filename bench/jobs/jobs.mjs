// A backlog of outbox jobs goes through one backend that answers at once: how many are done per second, and how
// long a single job takes from its creation to its request and to its success. One JSON line.
import { setTimeout as pause } from 'node:timers/promises';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Cluster } from '../../tests/harness/cluster.mjs';
import { JobBackend } from '../../tests/harness/job_backend.mjs';

const HELP = `./run bench jobs [options]
  --jobs N         jobs of the backlog (default 2000)
  --ssps N         SSPs; 0: one without a scheduler (default 2)
  --concurrency N  of the backend (default 32)
  --singles N      jobs created one by one afterwards (default 50)`;

const { values: options } = parseArgs({
  options: {
    jobs: { type: 'string', default: '2000' }, ssps: { type: 'string', default: '2' },
    concurrency: { type: 'string', default: '32' }, singles: { type: 'string', default: '50' },
    help: { type: 'boolean', default: false },
  },
});
const [jobs, ssps, concurrency, singles] = ['jobs', 'ssps', 'concurrency', 'singles'].map((name) => Number(options[name]));

const percentile = (times, share) => [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))];

async function prepare(cluster, backend) {
  const path = join(cluster.folder, 'spooky.yml');
  writeFileSync(path, `backends: {bench: {baseUrl: ${backend.url}, method: {table: job}, concurrency: ${concurrency}}}\n`);
  const env = { SPOOKY_CONFIG_PATH: path };
  await cluster.query(`DEFINE TABLE job SCHEMALESS CHANGEFEED 1d; DEFINE INDEX job_status ON job FIELDS status;
    FOR $n IN 1..=${jobs} { CREATE type::record("job", $n) SET path = "/backlog", status = "pending", created_at = time::now() RETURN NONE }`);
  if (ssps > 0) await cluster.addScheduler(env);
  return env;
}

/** Until every job has succeeded; gives the time since the first request. */
async function drained(cluster, backend) {
  for (;;) {
    const [{ count = 0 } = {}] = await cluster.query('SELECT count() FROM job WHERE status = "success" GROUP ALL');
    if (count === jobs) return Date.now() - backend.calls[0].at;
    await pause(50);
  }
}

async function single(cluster, backend, n) {
  const id = `job:single${n}`;
  const begun = Date.now();
  await cluster.query(`CREATE ${id} SET path = "/single", status = "pending"`);
  while ((await cluster.query(`SELECT VALUE status FROM ONLY ${id}`)) !== 'success') await pause(2);
  return { requested: backend.of(id)[0].at - begun, done: Date.now() - begun };
}

if (options.help) {
  console.log(HELP);
} else {
  const backend = await JobBackend.open();
  const cluster = await Cluster.open('bench-jobs');
  try {
    const env = await prepare(cluster, backend);
    await Promise.all(Array.from({ length: Math.max(1, ssps) }, () => cluster.addSsp(env)));
    const took = await drained(cluster, backend);
    const times = [];
    for (let n = 0; n < singles; n++) times.push(await single(cluster, backend, n));
    const [requested, done] = ['requested', 'done'].map((what) => times.map((time) => time[what]));
    console.log(JSON.stringify({
      bench: 'jobs', jobs, ssps, concurrency, jobs_per_s: Math.round((jobs * 1000) / took), requests: backend.calls.length - singles,
      to_request_p50_ms: percentile(requested, 0.5), to_request_p99_ms: percentile(requested, 0.99),
      to_success_p50_ms: percentile(done, 0.5), to_success_p99_ms: percentile(done, 0.99),
    }));
  } finally {
    await cluster.stop();
    await backend.close();
  }
}
