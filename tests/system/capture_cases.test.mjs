// What has misled capture once: events that write their own record, feeds in other forms, definitions
// that change under us, rows that cannot be read. Each case by name, in every mode, with a scheduler and
// without, on the newest SurrealDB there is.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Duration } from 'surrealdb';
import { Cluster } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { get } from '../harness/http.mjs';
import { follows, register } from '../harness/views.mjs';
import { serverProgram, startRealServer } from '../surrealdb/real_server.mjs';
import { startSurrealdb } from '../surrealdb/start.mjs';

const CONVERGES_WITHIN_MS = 30_000;
const program = process.env.SURREALDB_ADDR ? null : serverProgram();
const start = program
  ? ({ path }) => startRealServer(program, { path: path.replace('rocksdb:', 'surrealkv:') })
  : startSurrealdb;

// What 3.0 does to an application by itself, so that nobody can have such a case there.
const NOWHERE = ['changefeed', 'live', 'webhook'];
const unlessOld = (modes = NOWHERE) => (program ? [] : modes);

/**
 * A case: what is there before Spooky starts, the views, and what happens then, one step after the
 * other; after each every view is what SurrealDB answers. `not`: modes that cannot have it.
 */
const CASES = {
  'a change feed that includes the original': {
    before: `DEFINE TABLE orig CHANGEFEED 1h INCLUDE ORIGINAL; DEFINE TABLE beside; CREATE orig:1 SET n = 1;
      CREATE beside:1 SET n = 1`,
    views: ['SELECT * FROM orig WHERE n > 3', 'SELECT * FROM beside WHERE n > 3'],
    steps: ['CREATE orig:2 SET n = 4; UPDATE orig:1 SET n = 5; UPSERT orig:3 SET n = 6; UPDATE beside:1 SET n = 7',
      'UPDATE orig:2 SET n = 0; DELETE orig:1; CREATE beside:2 SET n = 8',
      'BEGIN; UPDATE orig:3 SET n = 1; UPDATE orig:3 SET n = 9; COMMIT'],
  },
  'an event on UPDATE that writes its own record': {
    before: `DEFINE TABLE own; DEFINE EVENT e ON own WHEN $event = 'UPDATE' AND $after.s != 'done' THEN { UPDATE $after.id SET s = 'done' };
      CREATE own:1 SET s = 'new'`,
    views: ["SELECT * FROM own WHERE s = 'done'", "SELECT * FROM own WHERE s = 'new'"],
    steps: ["UPDATE own:1 SET x = 1", "CREATE own:2 SET s = 'new'; UPDATE own:2 SET s = 'other'"],
  },
  'such an event that runs before ours': {
    before: `DEFINE TABLE early; DEFINE EVENT Audit ON early WHEN $event = 'UPDATE' AND $after.s != 'done' THEN { UPDATE $after.id SET s = 'done' };
      CREATE early:1 SET s = 'new'`,
    views: ["SELECT * FROM early WHERE s = 'done'", "SELECT * FROM early WHERE s = 'new'"],
    steps: ['UPDATE early:1 SET x = 1', "UPDATE early:1 SET s = 'new'"],
  },
  'an event on CREATE that writes its own record': {
    before: "DEFINE TABLE born_done; DEFINE EVENT e ON born_done WHEN $event = 'CREATE' THEN { UPDATE $after.id SET s = 'done' }",
    views: ["SELECT * FROM born_done WHERE s = 'done'", "SELECT * FROM born_done WHERE s = 'new'"],
    steps: ["CREATE born_done:1 SET s = 'new'", "INSERT INTO born_done [{ id: 2, s: 'new' }, { id: 3, s: 'new' }]"],
  },
  'an event on CREATE that deletes its own record': {
    before: "DEFINE TABLE picky; DEFINE EVENT Bad ON picky WHEN $event = 'CREATE' AND $after.bad THEN { DELETE $after.id }",
    views: ['SELECT * FROM picky'],
    steps: ['CREATE picky:1 SET bad = true', 'CREATE picky:2 SET bad = false; CREATE picky:3 SET bad = true'],
    // The event that posts is not told which record was deleted by the transaction that wrote it.
    not: unlessOld(['webhook']),
  },
  'an event on DELETE that creates its record again': {
    before: "DEFINE TABLE stays; DEFINE EVENT e ON stays WHEN $event = 'DELETE' THEN { CREATE $before.id SET back = true }; CREATE stays:1",
    views: ['SELECT * FROM stays', 'SELECT * FROM stays WHERE back'],
    steps: ['DELETE stays:1'],
    // The event runs for the view's edges, which go with the record, too.
    not: unlessOld(),
  },
  'events that come back by way of a second table': {
    before: `DEFINE TABLE here; DEFINE TABLE there; DEFINE EVENT e ON here WHEN $event = 'CREATE' THEN {
        UPSERT type::record('there', record::id($after.id)) SET of = $after.id };
      DEFINE EVENT e ON there THEN { UPDATE $after.of SET seen = true }`,
    views: ['SELECT * FROM here WHERE seen', 'SELECT * FROM here WHERE seen = NONE', 'SELECT * FROM there'],
    steps: ['CREATE here:1 SET n = 1', 'BEGIN; CREATE here:2; UPDATE here:2 SET n = 2; COMMIT'],
  },
  'a transaction that writes one record again and again': {
    before: 'DEFINE TABLE busy; CREATE busy:1 SET n = 0',
    views: ['SELECT * FROM busy WHERE n > 2', 'SELECT * FROM busy WHERE n <= 2'],
    steps: ['BEGIN; UPDATE busy:1 SET n = 5; UPDATE busy:1 SET n = 1; UPDATE busy:1 SET n = 3; COMMIT',
      'BEGIN; DELETE busy:1; CREATE busy:1 SET n = 1; COMMIT',
      'BEGIN; CREATE busy:2 SET n = 9; DELETE busy:2; COMMIT; UPSERT busy:3 SET n = 4',
      'BEGIN; UPDATE busy:1 SET n = 9; DELETE busy:1; COMMIT'],
    not: unlessOld(['webhook']),
  },
  'edges that go with their nodes': {
    before: `DEFINE TABLE node; DEFINE TABLE link TYPE RELATION; CREATE node:1; CREATE node:2; CREATE node:3;
      RELATE node:1->link:1->node:2; RELATE node:2->link:2->node:3`,
    views: ['SELECT * FROM link', 'SELECT * FROM node WHERE ->link->node CONTAINS node:3'],
    steps: ['RELATE node:1->link:3->node:3', 'DELETE node:2', 'DELETE node:3'],
  },
  'a table that is defined OVERWRITE and has no feed then': {
    before: 'DEFINE TABLE over; CREATE over:1 SET n = 1; CREATE over:2 SET n = 1',
    views: ['SELECT * FROM over WHERE n > 1'],
    steps: ['DEFINE TABLE OVERWRITE over; UPDATE over:1 SET n = 2; CREATE over:3 SET n = 3', 'UPDATE over:2 SET n = 4',
      'DEFINE TABLE OVERWRITE over; DELETE over:1; DEFINE TABLE OVERWRITE over CHANGEFEED 1h; UPDATE over:2 SET n = 1'],
  },
  'a table that is removed and defined again': {
    before: 'DEFINE TABLE again; CREATE again:1 SET n = 1; CREATE again:2 SET n = 2',
    views: ['SELECT * FROM again'],
    steps: ['REMOVE TABLE again; DEFINE TABLE again; CREATE again:2 SET n = 3', 'UPDATE again:2 SET n = 4; CREATE again:5'],
  },
  'tables defined AS SELECT': {
    before: `DEFINE TABLE sold; CREATE sold:1 SET kind = 'a'; DEFINE TABLE per_kind AS SELECT count() AS n, kind FROM sold GROUP BY kind;
      DEFINE TABLE fed CHANGEFEED 1h AS SELECT count() AS n, kind FROM sold GROUP BY kind`,
    views: ['SELECT * FROM per_kind WHERE n > 0', 'SELECT * FROM fed WHERE n > 1', 'SELECT * FROM sold'],
    steps: ["CREATE sold:2 SET kind = 'a'; CREATE sold:3 SET kind = 'b'", 'DELETE sold:1', 'DELETE sold:3'],
    // Deleting the last row of a group fails.
    not: unlessOld(),
  },
  'a table defined DROP': {
    before: 'DEFINE TABLE raw DROP; DEFINE TABLE kept; CREATE kept:1 SET n = 1; CREATE kept:2 SET n = 1',
    views: ['SELECT * FROM raw', 'SELECT * FROM kept WHERE n > 1'],
    steps: ['CREATE raw:1; CREATE raw:2; UPDATE kept:1 SET n = 2', 'DEFINE TABLE OVERWRITE kept DROP; UPDATE kept:2 SET n = 2; CREATE kept:3 SET n = 3',
      'UPDATE kept:1 SET n = 0; DELETE kept:1', 'DEFINE TABLE OVERWRITE kept; CREATE kept:4 SET n = 4'],
  },
  'a row whose computed field fails': {
    before: `CREATE half:1 SET txt = '1'; CREATE half:2 SET txt = 'x'; CREATE half:3 SET txt = '3'; DEFINE FIELD n ON half COMPUTED <int> txt`,
    views: ['SELECT id, txt FROM half WHERE id != half:2'],
    steps: ["CREATE half:4 SET txt = '4'; UPDATE half:1 SET txt = '11'"],
    also: lacksARow,
  },
};

/** What exists only while Spooky runs. */
const LATER = {
  'a table that its first CREATE makes': {
    birth: 'CREATE infant:1 SET n = 1; CREATE infant:2 SET n = 5',
    views: ['SELECT * FROM infant WHERE n > 1'],
    steps: ['UPDATE infant:1 SET n = 2; DELETE infant:2', 'CREATE infant:3 SET n = 3'],
  },
};

const MODES = {
  changefeed: {},
  live: {},
  webhook: { flags: program ? ['--webhook'] : ['--webhook', '--sync-events'] },
};
const QUICK = { TABLE_INTERVAL_MS: '200', COMPARE_INTERVAL_SECS: '5' };

const environment = (prefix, settings) =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [`${prefix}_CAPTURE_${name}`, value]));

/** Starts Spooky around a database that is there. */
async function spooky(cluster, arrangement, settings, env = {}) {
  if (arrangement === 'cluster')
    await cluster.addScheduler({ ...environment('SPOOKY_SCHEDULER', { ...QUICK, ...settings }), ...env.scheduler });
  const ssp = await cluster.addSsp(arrangement === 'single'
    ? { ...environment('SPOOKY_SSP', { ...QUICK, ...settings }), ...env.ssp } : {});
  await cluster.ready();
  return ssp;
}

const logOf = (cluster) => readFileSync((cluster.scheduler ?? cluster.ssps[0]).log, 'utf8');
const health = async (cluster) => (await get(`${(cluster.scheduler ?? cluster.ssps[0]).url}/health`)).json;

async function follow(cluster, views) {
  for (const view of views) await follows(cluster.db, view, CONVERGES_WITHIN_MS);
}

/** Runs a step's statements, as clients do who try again where transactions collide. */
async function run(cluster, step) {
  for (const statement of step.match(/BEGIN;.*?COMMIT|[^;]+/gs)) {
    await eventually(() => cluster.query(statement).catch((failure) => {
      if (!/can be retried/.test(failure.message)) assert.fail(`${statement}: ${failure.message}`);
      throw failure;
    }), CONVERGES_WITHIN_MS);
  }
}

/** As clients do, who try again where transactions collide or an SSP loads its tables again. */
const registerAll = async (cluster, texts) => {
  const views = [];
  for (const text of texts) views.push(await eventually(() => register(cluster.db, text), CONVERGES_WITHIN_MS));
  return views;
};

/** A view on a table that lacks a row is not ready, and says so; it is when the row can be read. */
async function lacksARow(cluster, [view]) {
  assert.match(logOf(cluster), /row half:2 of table half cannot be read/);
  const state = async () => (await cluster.db.query('SELECT state FROM ONLY $id', { id: view.id }).collect())[0].state;
  await eventually(async () => assert.equal(await state(), 'failed'), CONVERGES_WITHIN_MS);
  const again = { id: view.id, surql: view.surql, params: view.params, clientId: 'client-1', ttl: new Duration('10m') };
  const [answer] = await eventually(() => cluster.db.query('fn::query::register($view)', { view: again }).collect(), CONVERGES_WITHIN_MS);
  assert.match(answer.error, /table half is not captured: rows of it cannot be read/);
  assert.doesNotMatch(JSON.stringify(answer), /half:2/);
  await cluster.query('REMOVE FIELD n ON half; UPDATE half:3 SET txt = "33"');
  await eventually(async () => assert.equal(await state(), 'ready'), CONVERGES_WITHIN_MS);
  await follow(cluster, await registerAll(cluster, ['SELECT * FROM half']));
}

for (const [mode, { flags = [] }] of Object.entries(MODES)) {
  for (const arrangement of ['cluster', 'single']) {
    describe(`${mode}, ${arrangement}`, () => {
      let cluster;
      const runs = ([, { not = [] }]) => !not.includes(mode);
      before(async () => {
        cluster = await Cluster.open(`cases_${mode}_${arrangement}`, start);
        for (const [, { before: there }] of Object.entries(CASES).filter(runs)) await cluster.query(there);
        await spooky(cluster, arrangement, { MODE: mode });
        await cluster.applySchema(undefined, flags);
      });
      after(() => cluster?.stop());

      for (const [name, { views: texts, steps, also }] of Object.entries(CASES).filter(runs)) {
        test(name, async () => {
          const views = await registerAll(cluster, texts);
          await follow(cluster, views);
          for (const step of steps) {
            await run(cluster, step);
            await follow(cluster, views);
          }
          await also?.(cluster, views);
        });
      }

      for (const [name, { birth, views: texts, steps }] of Object.entries(LATER)) {
        test(name, async () => {
          await cluster.query(birth);
          const views = await eventually(() => registerAll(cluster, texts), CONVERGES_WITHIN_MS);
          await follow(cluster, views);
          for (const step of steps) {
            await run(cluster, step);
            await follow(cluster, views);
          }
        });
      }
    });
  }
}

for (const arrangement of ['cluster', 'single']) {
  const unprovisioned = { scheduler: { SPOOKY_SCHEDULER_DB_PROVISION: 'false' }, ssp: { SPOOKY_SSP_DB_PROVISION: 'false' } };

  test(`a table without a feed is captured by LIVE, and by its feed when it has one: ${arrangement}`, async () => {
    const cluster = await Cluster.open(`cases_feedless_${arrangement}`, start);
    try {
      await cluster.query('DEFINE TABLE bare; CREATE bare:1 SET n = 1; DEFINE TABLE fed CHANGEFEED 1h; CREATE fed:1 SET n = 1');
      await spooky(cluster, arrangement, { MODE: 'changefeed' }, unprovisioned);
      await cluster.applySchema();
      // The schema has given it a feed.
      await cluster.query('ALTER TABLE bare DROP CHANGEFEED');
      await eventually(() => assert.match(logOf(cluster), /table bare has no change feed, so it is captured by LIVE/), CONVERGES_WITHIN_MS);
      const views = await registerAll(cluster, ['SELECT * FROM bare WHERE n > 1', 'SELECT * FROM fed WHERE n > 1']);
      await follow(cluster, views);
      await cluster.query('UPDATE bare:1 SET n = 2; CREATE bare:2 SET n = 3; UPDATE fed:1 SET n = 2');
      await follow(cluster, views);
      if (arrangement === 'cluster')
        await eventually(async () => assert.match((await health(cluster)).capture.troubles.join(), /table bare has no change feed/));
      for (const step of ['ALTER TABLE bare CHANGEFEED 1h; UPDATE bare:2 SET n = 0', 'CREATE bare:3 SET n = 4',
        'DEFINE TABLE OVERWRITE fed; CREATE fed:2 SET n = 5', 'UPDATE fed:1 SET n = 1']) {
        await cluster.query(step);
        await follow(cluster, views);
      }
      await eventually(() => assert.match(logOf(cluster), /table bare is captured in another way from now on \(changefeed\)/), CONVERGES_WITHIN_MS);
      await eventually(() => assert.match(logOf(cluster), /table fed is captured in another way from now on \(live\)/), CONVERGES_WITHIN_MS);
    } finally {
      await cluster.stop();
    }
  });

  test(`a feed on the database serves its tables: ${arrangement}`, { skip: !program && 'the given server may have no such feed' }, async () => {
    const cluster = await Cluster.open(`cases_database_feed_${arrangement}`, start);
    try {
      await cluster.query(`DEFINE DATABASE OVERWRITE ${cluster.database} CHANGEFEED 1h`);
      await cluster.query(`DEFINE TABLE one; CREATE one:1 SET n = 1; DEFINE TABLE sums AS SELECT count() AS n FROM one GROUP ALL`);
      await spooky(cluster, arrangement, { MODE: 'changefeed' }, unprovisioned);
      await cluster.applySchema();
      // The schema has given it a feed of its own.
      await cluster.query('ALTER TABLE one DROP CHANGEFEED');
      const views = await registerAll(cluster, ['SELECT * FROM one WHERE n > 1', 'SELECT * FROM sums WHERE n > 1']);
      for (const step of ['UPDATE one:1 SET n = 2; CREATE one:2 SET n = 3', 'CREATE two:1 SET n = 2', 'DELETE one:1']) {
        await cluster.query(step);
        await follow(cluster, views);
      }
      await follow(cluster, await registerAll(cluster, ['SELECT * FROM two']));
      assert.doesNotMatch(logOf(cluster), /has no change feed/);
    } finally {
      await cluster.stop();
    }
  });

  test(`more transactions than a page of the feed holds, each of several tables: ${arrangement}`, async () => {
    const cluster = await Cluster.open(`cases_pages_${arrangement}`, start);
    try {
      await cluster.query('DEFINE TABLE a CHANGEFEED 1h; DEFINE TABLE b CHANGEFEED 1h; DEFINE TABLE c CHANGEFEED 1h');
      await spooky(cluster, arrangement, { MODE: 'changefeed' });
      await cluster.applySchema();
      const views = await registerAll(cluster, ['SELECT * FROM a WHERE n > 2', 'SELECT * FROM b WHERE n > 2', 'SELECT * FROM c WHERE n > 2']);
      const source = cluster.scheduler ?? cluster.ssps[0];
      source.signal('SIGSTOP');
      for (let n = 0; n < 400; n++)
        await cluster.query(`BEGIN; UPSERT a:${n % 50} SET n = ${n % 7}; UPSERT b:${n % 40} SET n = ${n % 5}; UPSERT c:${n % 30} SET n = ${n % 9};
          UPSERT a:${n % 50} SET n = ${n % 6}; COMMIT`);
      await cluster.query('INSERT INTO b (SELECT VALUE { id: $this, n: 3 } FROM array::range(100, 2000)) RETURN NONE');
      source.signal('SIGCONT');
      await follow(cluster, views);
    } finally {
      await cluster.stop();
    }
  });
}
