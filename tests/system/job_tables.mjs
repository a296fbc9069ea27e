// What the tests of jobs share: outbox tables as applications define them, settings, and reading rows.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../harness/eventually.mjs';

export const TOKEN = 't0ken-nobody-may-see';

/** Strict about its fields, as applications are: whatever we wrote besides would be refused. */
export const OUTBOX = ['job', 'lonely_job'].map((table) => `
  DEFINE TABLE ${table} SCHEMAFULL;
  DEFINE FIELD assigned_to ON ${table} TYPE option<record<user>>;
  DEFINE FIELD path ON ${table} TYPE any;
  DEFINE FIELD payload ON ${table} TYPE any;
  DEFINE FIELD status ON ${table} TYPE string DEFAULT 'pending' ASSERT $value IN ['pending', 'processing', 'success', 'failed'];
  DEFINE FIELD retries ON ${table} TYPE int DEFAULT 0;
  DEFINE FIELD max_retries ON ${table} TYPE int DEFAULT 3;
  DEFINE FIELD retry_strategy ON ${table} TYPE string DEFAULT 'linear';
  DEFINE FIELD timeout ON ${table} TYPE option<int>;
  DEFINE FIELD errors ON ${table} TYPE array<object> DEFAULT [];
  DEFINE FIELD OVERWRITE errors[*] ON ${table} TYPE object FLEXIBLE;
  DEFINE FIELD created_at ON ${table} TYPE datetime DEFAULT time::now();
  DEFINE FIELD updated_at ON ${table} TYPE datetime DEFAULT time::now();
`).join('') + 'DEFINE TABLE note;';

/** Writes the settings file of this test's processes; gives the environment that names it. */
export function jobSettings(cluster, backend) {
  const path = join(cluster.folder, 'spooky.yml');
  writeFileSync(path, `
job_tables: [lonely_job]
backends:
  mail:
    type: http
    baseUrl: ${backend.url}/api/
    auth: { type: token, token: "\${JOB_TOKEN}" }
    method: { type: outbox, table: job }
    timeout: 5s
    concurrency: 4
`);
  return { SPOOKY_CONFIG_PATH: path, JOB_TOKEN: TOKEN };
}

/** Creates a job as a client of the application would. */
export async function createJob(cluster, id, fields = {}) {
  await cluster.query(`CREATE ${id} CONTENT $fields`, { fields: { path: `/${id.split(':')[1]}`, ...fields } });
  return id;
}

export const row = (cluster, id) => cluster.query(`SELECT * FROM ONLY ${id}`);

/** Waits until the job has this status, and gives its record. */
export function becomes(cluster, id, status, withinMs = 10_000) {
  return eventually(async () => {
    const found = await row(cluster, id);
    assert.equal(found?.status, status, `${id} is ${JSON.stringify(found)}`);
    return found;
  }, withinMs);
}

export const codes = ({ errors }) => errors.map(({ code }) => code);
