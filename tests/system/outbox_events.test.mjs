// Events are late, doubled, or of tables that another source captures: whatever they say, no view and no replica ever shows a row that was
// there before the one they show. With a scheduler and without, on the newest SurrealDB there is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Cluster } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { post } from '../harness/http.mjs';
import { follows, register } from '../harness/views.mjs';
import { serverProgram, startRealServer } from '../surrealdb/real_server.mjs';
import { startSurrealdb } from '../surrealdb/start.mjs';

const WITHIN_MS = 30_000;
const program = process.env.SURREALDB_ADDR ? null : serverProgram();
const start = program
  ? ({ path }) => startRealServer(program, { path: path.replace('rocksdb:', 'surrealkv:') })
  : startSurrealdb;
// The embedded engine runs no asynchronous events: what a test puts into the outbox is all that is there.
const FLAGS = program ? ['--webhook'] : ['--webhook', '--sync-events'];

/** `fed` by its change feed, `heard` by LIVE, `told` by its events; all three have events. */
const CAPTURE = { TABLE_INTERVAL_MS: '200', COMPARE_INTERVAL_SECS: '600', TABLES: 'heard=live,told=webhook' };
const TABLES = ['fed', 'heard', 'told'];

/** Spooky around three tables, and their views. No event has told of `:2` yet, though the database has counted two writes of it. */
async function spooky(cluster, arrangement) {
  await cluster.query(TABLES.map((table) => `DEFINE TABLE ${table}; CREATE ${table}:1 SET n = 3; CREATE ${table}:2 SET n = 4;`).join(''));
  const named = (prefix) => Object.fromEntries(Object.entries(CAPTURE).map(([name, value]) => [`${prefix}_CAPTURE_${name}`, value]));
  if (arrangement === 'cluster') await cluster.addScheduler(named('SPOOKY_SCHEDULER'));
  await cluster.addSsp(arrangement === 'single' ? named('SPOOKY_SSP') : {});
  await cluster.ready();
  await cluster.applySchema(undefined, FLAGS);
  for (const table of TABLES)
    await cluster.query(`CREATE _spooky_version:["${table}", 2] SET record_id = ${table}:2, version = 2`);
  // Until the table is captured by its events.
  await pause(1_000);
  const views = [];
  for (const table of TABLES) views.push(await eventually(() => register(cluster.db, `SELECT * FROM ${table} WHERE n > 2`), WITHIN_MS));
  await follow(cluster, views);
  return views;
}

const update = (cluster, table, n) => eventually(() => cluster.query(`UPDATE ${table}:1 SET n = ${n}`), WITHIN_MS);

const follow = async (cluster, views) => { for (const view of views) await follows(cluster.db, view, WITHIN_MS); };

const outboxIsEmpty = (cluster) => eventually(async () => {
  assert.deepEqual((await cluster.query('SELECT VALUE id FROM _spooky_outbox')).map(String), []);
}, WITHIN_MS);

/** Looks at the views until `action` is over and a while longer: what they show, each time they show something else. */
async function shownDuring(cluster, views, action) {
  let over = false;
  const seen = views.map(() => []);
  const looking = (async () => {
    const db = await cluster.connect();
    while (!over) {
      for (const [i, view] of views.entries()) {
        const [rows] = await db.query('SELECT VALUE <string> out FROM _spooky_list_ref WHERE in = $id', { id: view.id }).collect();
        rows.sort();
        if (rows.join() !== seen[i].at(-1)?.join()) seen[i].push(rows);
      }
      await pause(10);
    }
    await db.close();
  })();
  await action();
  await pause(1_500);
  over = true;
  await looking;
  return seen;
}

/** The first of the two events of `:2`: of when it was not in the view. */
const old = (table) => ({ table, op: 'UPDATE', id: `${table}:2`, version: 1, record: { id: `${table}:2`, n: 1, _spooky_rv: 1 } });
/** What a server leaves there that has given up on posting. */
const leave = (cluster, ...tables) => cluster.query(tables.map((table) => `CREATE _spooky_outbox SET body = { table: "${table}", op: "UPDATE",
  id: ${table}:2, version: 1, record: { id: ${table}:2, n: 1, _spooky_rv: 1 } };`).join(''));
const front = (cluster) => cluster.scheduler ?? cluster.ssps[0];
/** As the server posts again what it could not deliver. */
const deliver = async (cluster, table, status) => {
  const answer = await post(`${front(cluster).url}/ingest`, old(table));
  assert.equal(answer.status, status, answer.text);
};

for (const arrangement of ['cluster', 'single']) {
  const scene = (name, body) => test(`${name}: ${arrangement}`, async () => {
    const cluster = await Cluster.open(`outbox_${arrangement}`, start);
    try {
      await body(cluster, await spooky(cluster, arrangement));
    } finally {
      await cluster.stop();
    }
  });
  const nothingElse = (seen) => assert.deepEqual(seen, TABLES.map((table) => [[`${table}:1`, `${table}:2`]]));
  const replicaIsDatabase = async (cluster) => {
    for (const table of arrangement === 'single' ? [] : TABLES)
      assert.deepEqual(await cluster.replica(`SELECT VALUE n FROM ${table}`), await cluster.query(`SELECT VALUE n FROM ${table}`), table);
  };

  scene('old events in the outbox change nothing, whoever captures their table, and are removed', async (cluster, views) => {
    nothingElse(await shownDuring(cluster, views, async () => {
      await leave(cluster, ...TABLES);
      await outboxIsEmpty(cluster);
    }));
    await replicaIsDatabase(cluster);
  });

  scene('old events that are posted change nothing, also after a restart that has forgotten what was told', async (cluster, views) => {
    const late = async () => {
      for (const [table, status] of [['told', 200], ['fed', 400], ['heard', 400]]) await deliver(cluster, table, status);
    };
    nothingElse(await shownDuring(cluster, views, late));
    await front(cluster).stop();
    await leave(cluster, ...TABLES);
    await front(cluster).start();
    if (cluster.scheduler) await cluster.schedulerUp();
    await cluster.ready();
    nothingElse(await shownDuring(cluster, views, async () => {
      await outboxIsEmpty(cluster);
      await late();
    }));
    await replicaIsDatabase(cluster);
  });

  scene('an event of a table that is gone brings none of its rows back', async (cluster) => {
    await cluster.query('REMOVE TABLE told; REMOVE TABLE heard');
    const noRows = async () => {
      for (const table of cluster.scheduler ? ['told', 'heard'] : [])
        assert.deepEqual(await cluster.replica(`SELECT * FROM ${table}`).catch(() => []), [], table);
    };
    await eventually(noRows, WITHIN_MS);
    await pause(1_000);
    await leave(cluster, 'told', 'heard');
    await outboxIsEmpty(cluster);
    await deliver(cluster, 'told', 200);
    await deliver(cluster, 'heard', 200);
    await noRows();
    await cluster.query('DEFINE TABLE told; DEFINE TABLE heard');
    const views = await Promise.all(['told', 'heard'].map((table) => eventually(() => register(cluster.db, `SELECT *, 1 FROM ${table}`), WITHIN_MS)));
    await follow(cluster, views);
  });

  scene('an event that is late for its table, which LIVE has by now, changes nothing', async (cluster, views) => {
    await cluster.query('REMOVE EVENT _spooky_capture ON told');
    await pause(1_000);
    nothingElse(await shownDuring(cluster, views, async () => {
      await deliver(cluster, 'told', 200);
      await leave(cluster, 'told');
      await outboxIsEmpty(cluster);
      // Nor does it when the table has its events again, which know nothing of what was written meanwhile.
      await cluster.applySchema(undefined, FLAGS);
      await pause(1_000);
      await deliver(cluster, 'told', 200);
    }));
    await replicaIsDatabase(cluster);
  });

  if (program) {
    scene('writes to tables that have events and are captured otherwise: what is shown only rises', async (cluster, views) => {
      const shown = [];
      const look = async () => {
        if (cluster.scheduler) shown.push((await cluster.replica('SELECT VALUE n FROM fed:1'))[0]);
      };
      nothingElse(await shownDuring(cluster, views, async () => {
        for (let n = 4; n <= 40; n++) {
          for (const table of TABLES) await update(cluster, table, n);
          await look();
        }
        await outboxIsEmpty(cluster);
        await look();
      }));
      assert.deepEqual(shown, shown.toSorted((a, b) => a - b));
      await follow(cluster, views);
      await replicaIsDatabase(cluster);
    });
  }
}
