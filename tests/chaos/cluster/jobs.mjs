// A client that puts jobs into the outbox, and the account of those the database took.
import { setTimeout as pause } from 'node:timers/promises';
import { RecordId } from 'surrealdb';
import { DatabaseClient, OutcomeUnknown, Refused } from '../../harness/database_client.mjs';
import { Random } from './random.mjs';

export const JOB_TABLE = 'errand';

export const JOB_SCHEMA = `
  DEFINE TABLE ${JOB_TABLE} SCHEMAFULL;
  DEFINE FIELD path ON ${JOB_TABLE} TYPE string;
  DEFINE FIELD payload ON ${JOB_TABLE} TYPE object FLEXIBLE;
  DEFINE FIELD status ON ${JOB_TABLE} TYPE string DEFAULT 'pending';
  DEFINE FIELD retries ON ${JOB_TABLE} TYPE int DEFAULT 0;
  DEFINE FIELD max_retries ON ${JOB_TABLE} TYPE int DEFAULT 100;
  DEFINE FIELD retry_strategy ON ${JOB_TABLE} TYPE string DEFAULT 'linear';
  DEFINE FIELD errors ON ${JOB_TABLE} TYPE array DEFAULT [];
  DEFINE FIELD errors.* ON ${JOB_TABLE} TYPE object FLEXIBLE;
  DEFINE FIELD created_at ON ${JOB_TABLE} TYPE datetime DEFAULT time::now();
  DEFINE FIELD updated_at ON ${JOB_TABLE} TYPE datetime DEFAULT time::now();
`;

/** spooky.yml of every process: where the jobs go. */
export const jobSettings = (backend) => `backends:
  errands:
    type: http
    baseUrl: ${backend.url}
    method: { type: outbox, table: ${JOB_TABLE} }
    timeout: 2s
    concurrency: 4
`;

const PAUSE_MS = [50, 250];
const PAUSE_WHEN_REFUSED_MS = 200;

export class JobClient {
  /** Names of jobs whose creation the database acknowledged. */
  acknowledged = new Set();
  /** Names of jobs that may or may not have been created. */
  uncertain = new Set();
  #random;
  #created = 0;
  #running;
  #stopping = false;

  constructor(seed, addr, names) {
    this.#random = new Random(seed, 'jobs');
    this.db = new DatabaseClient(addr, names);
  }

  start() {
    this.#stopping = false;
    this.#running = this.#run();
  }

  async stop() {
    this.#stopping = true;
    await this.#running;
  }

  async #run() {
    while (!this.#stopping) {
      await this.#create(`e${++this.#created}`);
      await pause(this.#random.between(...PAUSE_MS));
    }
  }

  async #create(name) {
    const content = { path: `/work/${name}`, payload: { number: this.#created } };
    try {
      await this.db.query('CREATE $id CONTENT $content RETURN NONE', { id: new RecordId(JOB_TABLE, name), content });
      this.acknowledged.add(name);
    } catch (failure) {
      if (failure instanceof OutcomeUnknown) this.uncertain.add(name);
      else if (!(failure instanceof Refused)) throw failure;
      await pause(PAUSE_WHEN_REFUSED_MS);
    }
  }
}
