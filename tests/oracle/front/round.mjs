// One application's life: defined, registered, written to, compared, removed.
import assert from 'node:assert/strict';
import { eventually } from '../../harness/eventually.mjs';
import { answer, edges, register } from '../../harness/views.mjs';
import { Application } from './application.mjs';
import { query } from './queries.mjs';
import { write } from './writes.mjs';

const SETTLES_WITHIN_MS = 20_000;
const STEPS = 10;
/** Computed from another record, so that it changes while its own record, whose version it is, does not. */
const OF_OTHERS = /, theirs: [^,}]+/;
/** Of a row that an event has posted; it is not part of it. */
const VERSION_FIELD = /_spooky_rv: \d+, /;

const isRetryable = (failure) => /can be retried|conflict/i.test(failure.message);

export class Round {
  comparisons = 0;
  #told = [];
  #seen = new Map();

  /** `afterDefinitions`: what an operator does when an application has defined tables. */
  constructor(cluster, random, prefix, coverage, afterDefinitions) {
    this.cluster = cluster;
    this.afterDefinitions = afterDefinitions;
    this.random = random;
    this.coverage = coverage;
    this.app = new Application(random, prefix, coverage);
  }

  /** Null, or what went wrong. */
  async run() {
    try {
      // Where an SSP has no scheduler it refuses a view on a table that does not exist, as SurrealDB refuses its query.
      const early = this.random.chance(50) || !this.cluster.scheduler;
      if (early) await this.#write(this.app.definitions);
      const views = await this.#register();
      if (!early) await this.#write(this.app.definitions);
      await this.afterDefinitions();
      await this.#compare(views);
      for (let step = 0; step < STEPS; step++) {
        for (let i = this.random.between(1, 5); i > 0; i--) await this.#someWrite();
        await this.#compare(views);
      }
      await this.#end(views);
      return null;
    } catch (failure) {
      return failure.message;
    }
  }

  /** What was done, as statements. */
  story() { return this.#told.join('\n'); }

  async #register() {
    const texts = new Set(this.random.several(4, 7, () => query(this.app)));
    const views = [];
    for (const text of texts) {
      this.#told.push(`-- view: ${text}`);
      views.push(await eventually(() => register(this.cluster.db, text), SETTLES_WITHIN_MS));
    }
    return views;
  }

  async #someWrite() {
    const { kind, text } = write(this.app);
    this.coverage.note(`write: ${kind}`);
    await this.#write(text);
    if (kind === 'definition') await this.afterDefinitions();
  }

  /** As an application does it: again where transactions collide; what the database refuses otherwise is refused. */
  async #write(text) {
    this.#told.push(`${text};`);
    await eventually(() => this.cluster.query(text).catch((failure) => {
      if (isRetryable(failure)) throw failure;
      this.#told.push(`-- refused: ${failure.message.slice(0, 100)}`);
    }), SETTLES_WITHIN_MS);
  }

  async #compare(views) {
    this.#told.push('-- compared');
    for (const view of views) {
      await eventually(() => this.#viewIsItsQuery(view), SETTLES_WITHIN_MS);
      this.comparisons++;
    }
    if (!this.cluster.scheduler) return;
    for (const table of this.app.allTables) {
      await eventually(() => this.#replicaIsTable(table), SETTLES_WITHIN_MS);
      this.comparisons++;
    }
  }

  async #viewIsItsQuery(view) {
    const [seen, expected] = [await edges(this.cluster.db, view), await answer(this.cluster.db, view)];
    assert.deepEqual(seen.map(({ out }) => out), expected, view.surql);
    await this.#versionsRise(view, seen);
  }

  /** A row that reads otherwise than before has a higher version, or clients keep what they have. */
  async #versionsRise(view, seen) {
    const [rows] = await this.cluster.db.query(`SELECT VALUE { id: <string>id, text: <string>$this } FROM [${seen.map(({ out }) => out)}]`).collect();
    const texts = new Map(rows.map(({ id, text }) => [id, text.replace(OF_OTHERS, '')]));
    const before = this.#seen.get(view.surql) ?? new Map();
    const now = new Map();
    for (const { out, version } of seen) {
      const known = before.get(out);
      const text = texts.get(out);
      if (known && text !== undefined) {
        assert.ok(version >= known.version, `${view.surql}: the version of ${out} falls from ${known.version} to ${version}`);
        if (known.text !== text) assert.ok(version > known.version, `${view.surql}: ${out} reads otherwise under the same version ${version}: ${known.text} ${text}`);
      }
      now.set(out, { version, text });
    }
    this.#seen.set(view.surql, now);
  }

  async #replicaIsTable(table) {
    // SurrealDB 3.0 orders by nothing that it does not show.
    const query = `SELECT id, <string>$this AS text FROM ${table} ORDER BY id`;
    const [expected] = await this.cluster.db.query(query).collect();
    const held = (await this.cluster.replica(query)).map(({ text }) => text.replace(VERSION_FIELD, ''));
    assert.deepEqual(held, expected.map(({ text }) => text), `replica of ${table}`);
  }

  async #end(views) {
    for (const { id } of views) await eventually(() => this.cluster.db.query('fn::query::unregister($id)', { id }).collect(), SETTLES_WITHIN_MS);
    for (const table of this.app.allTables) await this.#write(`REMOVE TABLE ${table}`);
  }
}
