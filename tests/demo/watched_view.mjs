// One registered view, followed by reading its edges as a client does.
import assert from 'node:assert/strict';
import { eventually } from '../harness/eventually.mjs';
import { answer, edges, register } from '../harness/views.mjs';
import { difference } from './terminal.mjs';

const FOLLOW_WITHIN_MS = 10_000;

export class WatchedView {
  edges = [];

  constructor(db, name, surql, params = {}) {
    Object.assign(this, { db, name, surql, params });
  }

  async register() {
    this.view = await register(this.db, this.surql, this.params);
    await this.follow([]);
  }

  /** What changed in the edges since the last look. */
  async look() {
    const before = this.edges;
    this.edges = await edges(this.db, this.view);
    return difference(before, this.edges);
  }

  /**
   * Waits until the edges are what SurrealDB answers to the query, with a higher version for each of
   * the `touched` records that stayed; gives what changed. Throws where they are not, in time.
   */
  async follow(touched) {
    const before = this.edges;
    const versions = new Map(before.map(({ out, version }) => [out, version]));
    await eventually(async () => {
      const [seen, expected] = [await edges(this.db, this.view), await answer(this.db, this.view)];
      assert.deepEqual(seen.map(({ out }) => out), expected, `the edges of "${this.name}" differ from SurrealDB's answer`);
      for (const { out, version } of seen.filter(({ out }) => touched.includes(out) && versions.has(out))) {
        assert.ok(version > versions.get(out), `"${this.name}" still has ${out} at version ${version}`);
      }
      this.edges = seen;
    }, FOLLOW_WITHIN_MS);
    return difference(before, this.edges);
  }
}
