// Views answer as the SurrealDB that is there: what versions answer differently, end to end.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Cluster } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { follows, register } from '../harness/views.mjs';
import { serverProgram, startRealServer } from '../surrealdb/real_server.mjs';
import { startSurrealdb } from '../surrealdb/start.mjs';

const program = serverProgram();
const ENGINES = {
  'the usual SurrealDB': startSurrealdb,
  ...(program ? { 'a real server': ({ path }) => startRealServer(program, { path: path.replace('rocksdb:', 'surrealkv:') }) } : {}),
};

const RECORDS = `
  DEFINE TABLE user; DEFINE TABLE thread;
  CREATE user:ann SET name = 'Ann'; CREATE user:bob SET name = 'Bob';
  CREATE thread:1 SET author = user:ann; CREATE thread:2 SET author = user:bob, score = 12;
  CREATE thread:3 SET author = user:ann, score = 1`;

/** From 3.2 on ORDER BY follows links, and .* of a plain value is NONE. */
const VIEWS = [
  'SELECT *, author.name AS name FROM thread ORDER BY name DESC, id LIMIT 1',
  'SELECT * FROM thread WHERE score.* = NONE',
];

for (const [engine, start] of Object.entries(ENGINES)) {
  for (const mode of ['single', 'cluster']) {
    test(`${mode} on ${engine}: views equal their queries`, async () => {
      const cluster = await Cluster.open(`versions_${mode}`, start);
      try {
        await cluster.query(RECORDS);
        if (mode === 'cluster') await cluster.addScheduler();
        const ssp = await cluster.addSsp();
        await cluster.ready();
        await cluster.applySchema();
        const views = [];
        for (const text of VIEWS) views.push(await register(cluster.db, text));
        for (const view of views) await follows(cluster.db, view);
        await cluster.query("UPDATE user:ann SET name = 'Zoe'; UPDATE thread:1 SET score = 3");
        for (const view of views) await follows(cluster.db, view);
        const { version } = await cluster.db.version();
        await eventually(() => {
          const log = readFileSync((cluster.scheduler ?? ssp).log, 'utf8');
          const told = [...log.matchAll(/answering as (surrealdb-[\d.]+)/g)].map(([, name]) => name);
          assert.deepEqual(told, [version], 'it says once whose answers it gives');
        });
        if (mode === 'single') return;
        for (const text of VIEWS)
          assert.deepEqual((await cluster.replica(text)).map(({ id }) => id).sort(), (await cluster.query(text)).map(({ id }) => String(id)).sort());
      } finally {
        await cluster.stop();
      }
    });
  }
}
