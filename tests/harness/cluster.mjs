// A whole system for one test file or the demo: database, scheduler, SSPs, and a client of each.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { connect, define } from '../surrealdb/client.mjs';
import { startSurrealdb } from '../surrealdb/start.mjs';
import { eventually } from './eventually.mjs';
import { get, post } from './http.mjs';
import { binary, freePort, Program } from './program.mjs';

const LOGS = fileURLToPath(new URL('../../build/test-logs/', import.meta.url));
export const NAMESPACE = 'spooky_test';
const READY_WITHIN_MS = 30_000;

/** Short intervals, so that what takes seconds in service takes moments in a test. */
const QUICK_SCHEDULER = {
  SPOOKY_SCHEDULER_HEARTBEAT_INTERVAL_MS: '200',
  SPOOKY_SCHEDULER_HEARTBEAT_TIMEOUT_MS: '2000',
  SPOOKY_SCHEDULER_SSP_POLL_INTERVAL_MS: '50',
  SPOOKY_SCHEDULER_CAPTURE_POLL_INTERVAL_MS: '50',
};
const QUICK_SSP = { HEARTBEAT_INTERVAL_MS: '200', TTL_CLEANUP_INTERVAL_SECS: '1' };

export class Cluster {
  ssps = [];

  constructor(name) {
    this.name = name;
    this.database = `${name}_${randomBytes(4).toString('hex')}`;
    this.folder = mkdtempSync(join(tmpdir(), `spooky-${name}-`));
    this.logs = join(LOGS, name);
    rmSync(this.logs, { recursive: true, force: true });
  }

  /**
   * Starts the database and a client of it. Programs are added by the other methods. `start` starts
   * another SurrealDB than the usual one.
   */
  static async open(name, start = startSurrealdb) {
    const cluster = new this(name);
    cluster.surrealdb = await start({ path: `rocksdb://${join(cluster.folder, 'surrealdb')}` });
    await define(cluster.surrealdb.addr, { namespace: NAMESPACE, database: cluster.database });
    cluster.db = await cluster.connect();
    return cluster;
  }

  /** One more client connection to the database, through the official SDK. */
  connect() {
    return connect(this.surrealdb.addr, { namespace: NAMESPACE, database: this.database });
  }

  /**
   * Runs SurrealQL as a client and gives the last statement's result. A single definition, which may meet those that our processes
   * install, and a call of our own functions, which may meet the owner of the view, are tried again where SurrealDB says that they
   * can be. The application's writes are not: those we must never disturb.
   */
  async query(text, vars) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (await this.db.query(text, vars).collect()).at(-1);
      } catch (failure) {
        if (attempt === 10 || !/can be retried/.test(failure.message) || !/^\s*(DEFINE|REMOVE|fn::query::)[^;]*;?\s*$/.test(text)) throw failure;
        await pause(attempt * 10 * Math.random());
      }
    }
  }

  async addScheduler(env = {}) {
    const port = await freePort();
    this.scheduler = new Program('spooky-scheduler', {
      port,
      logs: this.logs,
      env: {
        SPOOKY_SCHEDULER_DB_URL: `${this.surrealdb.addr}/rpc`,
        SPOOKY_SCHEDULER_DB_NAMESPACE: NAMESPACE,
        SPOOKY_SCHEDULER_DB_DATABASE: this.database,
        SPOOKY_SCHEDULER_DB_PROVISION: 'true',
        SPOOKY_SCHEDULER_INGEST_HOST: '127.0.0.1',
        SPOOKY_SCHEDULER_INGEST_PORT: String(port),
        SPOOKY_SCHEDULER_ADVERTISE_ADDR: `http://127.0.0.1:${port}`,
        SPOOKY_SCHEDULER_WAL_PATH: join(this.folder, 'wal'),
        SPOOKY_SCHEDULER_REPLICA_DB_PATH: join(this.folder, 'replica'),
        ...QUICK_SCHEDULER,
        ...env,
      },
    });
    await this.scheduler.start();
    await this.schedulerUp();
    return this.scheduler;
  }

  /**
   * Adds an SSP; without a scheduler it runs in single mode. `env` may be a function of the port it
   * will listen on, for who gives it an address of another's making.
   */
  async addSsp(env = {}) {
    const port = await freePort();
    const name = `ssp-${this.ssps.length + 1}`;
    const ssp = new Program('spooky-ssp', {
      name,
      port,
      logs: this.logs,
      env: {
        LISTEN_ADDR: `127.0.0.1:${port}`,
        ADVERTISE_ADDR: `http://127.0.0.1:${port}`,
        SURREALDB_ADDR: this.surrealdb.addr,
        SURREALDB_NS: NAMESPACE,
        SURREALDB_DB: this.database,
        SPOOKY_SSP_DB_PROVISION: 'true',
        SSP_ID: name,
        ...(this.scheduler ? { SCHEDULER_URL: this.scheduler.url } : {}),
        ...QUICK_SSP,
        ...(typeof env === 'function' ? env(port) : env),
      },
    });
    this.ssps.push(ssp);
    await ssp.start();
    return ssp;
  }

  /** Installs the system tables and functions, as an operator would: when the process that does so at its start has done it. */
  async applySchema(endpoint = (this.scheduler ?? this.ssps[0]).url, flags = []) {
    const installs = this.scheduler ?? this.ssps[0];
    if (Object.entries(installs?.env ?? {}).some(([name, value]) => name.endsWith('_DB_PROVISION') && value === 'true'))
      await eventually(() => assert.match(readFileSync(installs.log, 'utf8'), /system tables and functions are installed/), READY_WITHIN_MS);
    const { stdout } = await promisify(execFile)(binary('spooky'), [
      'schema', '--apply', '--db-url', `${this.surrealdb.addr}/rpc`, '--ns', NAMESPACE, '--db', this.database,
      '--user', 'root', '--pass', 'root', '--endpoint', endpoint, ...flags,
    ]);
    return stdout;
  }

  /** Waits until the scheduler has cloned the database and takes changes. */
  schedulerUp() {
    return eventually(async () => {
      const { json } = await get(`${this.scheduler.url}/health`);
      assert.match(json?.state ?? 'no state', /^(ready|snapshot)/i, `the scheduler is ${JSON.stringify(json)}`);
      return json;
    }, READY_WITHIN_MS);
  }

  /** Waits until every SSP that runs is ready, in its own eyes and in the scheduler's. */
  async ready() {
    const alive = this.ssps.filter((ssp) => ssp.isRunning);
    await eventually(async () => {
      for (const ssp of alive) {
        const { status, text } = await get(`${ssp.url}/health`);
        assert.equal(status, 200, `${ssp.name} says ${text}`);
      }
      if (!this.scheduler) return;
      const { json } = await get(`${this.scheduler.url}/metrics`);
      assert.equal(json.scheduler.ready_ssps, alive.length, `the scheduler says ${JSON.stringify(json.ssps)}`);
    }, READY_WITHIN_MS);
  }

  /** What the scheduler's replica holds, asked as a bootstrapping SSP asks. */
  async replica(query, vars) {
    const { status, json, text } = await post(`${this.scheduler.url}/proxy/query`, { query, vars });
    assert.equal(status, 200, text);
    return json;
  }

  /** Ends everything and removes its data; logs stay in build/test-logs/<name>. */
  async stop() {
    const failures = [];
    for (const program of [...this.ssps, this.scheduler]) {
      await program?.stop().catch((failure) => failures.push(failure));
    }
    if (this.surrealdb?.given) await this.query(`REMOVE DATABASE ${this.database}`).catch(() => {});
    await this.db?.close();
    await this.surrealdb?.stop();
    rmSync(this.folder, { recursive: true, force: true });
    if (failures.length > 0) throw failures[0];
  }
}
