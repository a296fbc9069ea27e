// A cluster, or a single SSP, whose watchman is in a hurry; what does damage to it; what it found.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Cluster } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { get, post } from '../harness/http.mjs';
import { serverProgram, startRealServer } from '../surrealdb/real_server.mjs';
import { startSurrealdb } from '../surrealdb/start.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const program = process.env.SURREALDB_ADDR ? null : serverProgram();
const start = program
  ? ({ path }) => startRealServer(program, { path: path.replace('rocksdb:', 'surrealkv:') })
  : startSurrealdb;

export const CONFIRM_AFTER_MS = 1_500;
export const READS_PER_SECOND = 20;
/** Few pages and views: what the documents promise, and the time that slow machines take. */
export const FOUND_WITHIN_MS = CONFIRM_AFTER_MS + 20_000;

const hurry = (prefix) => ({
  [`${prefix}WATCHMAN_READS_PER_SECOND`]: String(READS_PER_SECOND),
  [`${prefix}WATCHMAN_SHARE_PERCENT`]: '100',
  [`${prefix}WATCHMAN_CONFIRM_AFTER_MS`]: String(CONFIRM_AFTER_MS),
});

export class Watched extends Cluster {
  static open(name) {
    return super.open(name, start);
  }

  /** `modes`: how tables are captured, where not by their feed. */
  async run({ scheduler = true, tables = {} } = {}) {
    const modes = Object.entries(tables).map(([table, mode]) => `${table}=${mode}`).join(',');
    const capture = (prefix) => (modes === '' ? {} : { [`${prefix}CAPTURE_TABLES`]: modes });
    if (scheduler) await this.addScheduler({ ...hurry('SPOOKY_SCHEDULER_'), ...capture('SPOOKY_SCHEDULER_') });
    await this.addSsp({ ...hurry('SPOOKY_SSP_'), ...capture('SPOOKY_SSP_') });
    await this.ready();
    await this.applySchema(undefined, modes === '' ? [] : ['--webhook']);
  }

  get ssp() {
    return this.ssps[0];
  }

  /** What was found there of a kind, since the start. */
  async drift(process, kind, table) {
    const { json } = await get(`${process.url}/metrics`);
    const { watchman } = json.scheduler ?? json.ssp;
    return watchman.drift.find((each) => each.kind === kind && each.table === table)?.total ?? 0;
  }

  /** Waits until so many were found, and checks that all who should say so do. Gives the list of what was found. */
  async found(process, kind, table, total = 1) {
    await eventually(async () => assert.equal(await this.drift(process, kind, table), total), FOUND_WITHIN_MS);
    const { json } = await get(`${process.url}/health`);
    assert.ok(json.drift?.unseen >= 1, JSON.stringify(json));
    const { text } = await get(`${process.url}/metrics`, { headers: { accept: 'text/plain' } });
    assert.match(text, new RegExp(`spooky_drift_total\\{kind="${kind}",table="${table}"\\} ${total}`));
    const seen = await post(`${process.url}/drift/seen`, {});
    assert.equal(seen.status, 200, seen.text);
    assert.equal((await get(`${process.url}/health`)).json.drift, undefined);
    return seen.json.drift.filter((each) => each.kind === kind && each.table === table);
  }

  /** Nothing was found by anybody, in so many rounds from now on. */
  async nothingFound(rounds = 5) {
    for (const process of [this.scheduler, ...this.ssps].filter(Boolean)) {
      const figures = async () => {
        const { json } = await get(`${process.url}/metrics`);
        return (json.scheduler ?? json.ssp).watchman;
      };
      const { rounds: before } = await figures();
      const after = await eventually(async () => {
        const now = await figures();
        assert.ok(now.rounds >= before + rounds, JSON.stringify(now));
        return now;
      }, FOUND_WITHIN_MS * 2);
      assert.deepEqual(after.drift, [], process.name);
    }
  }

  /** Changes the replica behind the scheduler's back. */
  async damageReplica(how, what) {
    await this.scheduler.stop();
    const built = process.env.SPOOKY_BIN_DIR ? join(process.env.SPOOKY_BIN_DIR, '..') : join(ROOT, 'build/release');
    const tool = join(built, 'tests/watchman/damage_replica');
    assert.ok(existsSync(tool), `${tool} is not there: ./run build release damage_replica`);
    await promisify(execFile)(tool, [join(this.folder, 'replica'), how, what]);
    await this.scheduler.start();
    await this.ready();
  }

  /**
   * Delivers a change to the SSP in the scheduler's name, so that it passes over what comes under that number, until `believed`
   * passes: the log may have got there first.
   */
  lieToSsp(change, believed) {
    return eventually(async () => {
      const { json } = await get(`${this.scheduler.url}/metrics`);
      const [{ epoch }] = json.ssps;
      const { json: health } = await get(`${this.ssp.url}/health`);
      const { status, text } = await post(`${this.ssp.url}/ingest`, { ...change, seq: health.seq + 1 },
        { headers: { 'x-spooky-epoch': String(epoch) } });
      assert.equal(status, 200, text);
      // The number is the log's again, which the SSP believes to have: it is passed over.
      await this.query('UPSERT beside:1 SET at = time::now(); UPSERT beside:2 SET at = time::now()');
      await believed();
    }, FOUND_WITHIN_MS);
  }

  /** Waits until each table is captured as it was asked for. */
  captured(process) {
    return eventually(async () => assert.deepEqual((await get(`${process.url}/health`)).json.capture.troubles, []), FOUND_WITHIN_MS);
  }
}
