// The table "Who sees what" of docs/protocol.md, tried cell by cell on the real database.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { RecordId } from 'surrealdb';
import { eventually } from '../harness/eventually.mjs';
import { Application } from './application.mjs';
import { attack } from './attacks.mjs';

const document = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
const section = document.slice(document.indexOf('### Who sees what')).split('\n### ')[0];
const [heads, , ...rows] = section.split('\n').filter((line) => line.startsWith('|')).map((line) => line.slice(1, -1).split('|').map((cell) => cell.trim()));

let app;
before(async () => {
  app = await Application.open('security_table');
  await registerAll();
});
after(() => app.stop());

const query = (key) => new RecordId('_spooky_query', key);
const view = (id) => new RecordId('_spooky_view', id);
const ids = (rows) => rows.map(String).sort();
const all = (db, table) => app.value(db, `SELECT VALUE id FROM ${table}`).then(ids, () => []);
const refused = (db, text, vars) => db.query(text, vars).collect().then((results) => results.at(-1), () => []);
const whose = { [heads[1]]: () => app.root, [heads[2]]: () => app.ann, [heads[3]]: () => app.guest };
const tables = (row) => [...row.matchAll(/`(\w+)`/g)].map(([, name]) => name);

/** Ann alone has `anns`, she and Bob have `both`, Bob alone has `bobs`, root has `roots`. */
async function registerAll() {
  for (const [db, keys] of [[app.ann, ['anns', 'both']], [app.bob, ['both', 'bobs']], [app.root, ['roots']]])
    for (const key of keys) await app.register(db, key, 'SELECT * FROM doc');
}
const viewsOf = async (who) => ids(await app.value(app.root, 'SELECT VALUE view FROM _spooky_owner WHERE in = $who', { who }));

/** What a cell says, tried: by row (its first table, or its words), then by what stands in the cell. */
const trials = {
  _spooky_query: {
    all: async (db) => assert.deepEqual(await all(db, '_spooky_query'), ids(['anns', 'bobs', 'both', 'roots'].map(query))),
    'those he owns': async (db) => assert.deepEqual(await all(db, '_spooky_query'), ids(['anns', 'both'].map(query))),
    none: async (db) => assert.deepEqual(await all(db, '_spooky_query'), []),
  },
  _spooky_view: {
    all: async (db, row) => {
      for (const table of tables(row)) assert.deepEqual(await all(db, table), await all(app.root, table));
      assert.ok((await all(db, '_spooky_view')).length >= 5);
    },
    'those of his own view of a query': async (db) => {
      const own = await viewsOf(app.annId);
      assert.deepEqual(await all(db, '_spooky_view'), own);
      const edges = await app.value(db, 'SELECT VALUE view FROM _spooky_list_ref');
      assert.deepEqual([...new Set(ids(edges))], own);
      assert.equal(edges.length, 4);
    },
    none: async (db, row) => { for (const table of tables(row)) assert.deepEqual(await all(db, table), []); },
  },
  'every field and edge': {
    writes: async (db) => {
      const [edge] = await app.value(db, 'SELECT VALUE id FROM _spooky_list_ref WHERE in = $q', { q: query('roots') });
      assert.equal((await app.value(db, "UPDATE ONLY $edge SET clientId = 'written'", { edge })).clientId, 'written');
      assert.equal((await app.value(db, "UPDATE ONLY $view SET clientId = 'written'", { view: view('roots') })).clientId, 'written');
    },
    reads: async (db) => {
      const before = await app.value(app.root, 'RETURN [(SELECT * FROM _spooky_list_ref), (SELECT * FROM _spooky_view)]');
      const fields = await app.value(db, 'SELECT surql, params, state, rowCount, merkle_root, seq FROM ONLY $q', { q: query('anns') });
      assert.deepEqual([fields.surql, fields.state, fields.rowCount], ['SELECT * FROM doc', 'ready', 2]);
      for (const text of ["UPDATE _spooky_list_ref SET version = 9, clientId = 'x'", "UPDATE _spooky_view SET state = 'x', rowCount = 9", "UPDATE _spooky_query SET surql = 'x', state = 'x'", 'DELETE _spooky_list_ref', 'DELETE _spooky_view',
        'CREATE _spooky_list_ref', 'RELATE $q->_spooky_list_ref->doc:bobs', "UPSERT $q MERGE { state: 'x' }"])
        await refused(db, text, { q: query('anns') });
      assert.deepEqual(await app.value(app.root, 'RETURN [(SELECT * FROM _spooky_list_ref), (SELECT * FROM _spooky_view)]'), before);
    },
    none: async (db) => {
      for (const table of ['_spooky_list_ref', '_spooky_view', '_spooky_query']) {
        assert.deepEqual(await all(db, table), []);
        const before = await all(app.root, table);
        await refused(db, `UPDATE ${table} SET version = 9; DELETE ${table}`);
        assert.deepEqual(await all(app.root, table), before);
      }
    },
  },
  'deleting a query': {
    any: async (db) => {
      await db.query('DELETE $a, $b', { a: query('roots'), b: query('bobs') }).collect();
      await eventually(async () => assert.deepEqual(await all(app.root, '_spooky_query'), ids(['anns', 'both'].map(query))));
      await eventually(async () => assert.deepEqual((await app.seen(app.bob, 'bobs')).edges, []));
      await app.register(app.root, 'roots', 'SELECT * FROM doc');
      await app.register(app.bob, 'bobs', 'SELECT * FROM doc');
    },
    'one of which he is the only owner': async (db) => {
      for (const key of ['both', 'bobs', 'roots']) await refused(db, 'DELETE $q', { q: query(key) });
      assert.deepEqual(await all(app.root, '_spooky_query'), ids(['anns', 'bobs', 'both', 'roots'].map(query)));
      assert.deepEqual((await app.seen(app.bob, 'both')).edges, ['doc:bobs', 'doc:open']);
      await db.query('DELETE $q', { q: query('anns') }).collect();
      await eventually(async () => assert.deepEqual(await all(app.root, '_spooky_query'), ids(['bobs', 'both', 'roots'].map(query))));
      await app.register(db, 'anns', 'SELECT * FROM doc');
    },
    none: async (db) => {
      for (const key of ['anns', 'both', 'bobs', 'roots']) await refused(db, 'DELETE $q', { q: query(key) });
      assert.deepEqual(await all(app.root, '_spooky_query'), ids(['anns', 'bobs', 'both', 'roots'].map(query)));
    },
  },
  _spooky_owner: {
    all: async (db) => assert.equal((await all(db, '_spooky_owner')).length, 4),
    'own rows: reads, touches (`lastActiveAt` becomes now) and deletes': async (db) => {
      const own = await app.value(db, 'SELECT * FROM _spooky_owner');
      assert.deepEqual(ids(own.map(({ in: user }) => user)), ids([app.annId, app.annId]));
      const [{ id, view: of, ttl }] = own;
      const past = await app.value(app.root, 'UPDATE ONLY $id SET lastActiveAt = time::now() - 1m RETURN VALUE lastActiveAt', { id });
      await db.query("UPDATE $id SET lastActiveAt = d'1970-01-01T00:00:00Z', ttl = 1s, view = _spooky_view:other", { id }).collect().catch(() => {});
      const now = await app.value(app.root, 'SELECT * FROM ONLY $id', { id });
      assert.deepEqual([String(now.view), String(now.ttl)], [String(of), String(ttl)]);
      await db.query("UPDATE $id SET lastActiveAt = d'1970-01-01T00:00:00Z'", { id }).collect();
      assert.ok((await app.value(app.root, 'SELECT VALUE lastActiveAt FROM ONLY $id', { id })).toDate() > past.toDate());
      await refused(db, "CREATE _spooky_owner:x SET in = $auth; DELETE _spooky_owner WHERE in != $auth");
      assert.equal((await all(app.root, '_spooky_owner')).length, 4);
      await db.query('DELETE $id', { id }).collect();
      assert.equal((await all(app.root, '_spooky_owner')).length, 3);
      await registerAll();
    },
    none: async (db) => {
      assert.deepEqual(await all(db, '_spooky_owner'), []);
      await refused(db, 'DELETE _spooky_owner; UPDATE _spooky_owner SET ttl = 1s; CREATE _spooky_owner:x');
      assert.equal((await all(app.root, '_spooky_owner')).length, 4);
    },
  },
  _spooky_request: {
    all: async (db) => {
      await app.bob.query("CREATE _spooky_request SET queries = [{ query: _spooky_query:r, surql: 'SELECT 1', params: '{}' }]").collect();
      assert.equal((await all(db, '_spooky_request')).length, 1);
      await db.query('DELETE _spooky_request').collect();
      assert.deepEqual(await all(db, '_spooky_request'), []);
    },
    'creates; reads and deletes his own': async (db) => {
      const make = "CREATE ONLY _spooky_request SET queries = [{ query: _spooky_query:r, surql: 'SELECT 1', params: '{}' }] RETURN VALUE id";
      const his = await app.value(app.bob, make);
      const own = await app.value(db, make);
      assert.deepEqual(await all(db, '_spooky_request'), ids([own]));
      await refused(db, "UPDATE _spooky_request SET answer = {}, system = true");
      assert.equal(await app.value(app.root, 'SELECT VALUE system FROM ONLY $own', { own }), false);
      await db.query('DELETE _spooky_request').collect();
      assert.deepEqual(await all(app.root, '_spooky_request'), ids([his]));
      await app.root.query('DELETE _spooky_request').collect();
    },
    'as he': async (db) => {
      await app.bob.query("CREATE _spooky_request SET queries = [{ query: _spooky_query:r, surql: 'SELECT 1', params: '{}' }]").collect();
      const own = await app.value(db, "CREATE ONLY _spooky_request SET queries = [{ query: _spooky_query:g, surql: 'SELECT 1', params: '{}' }] RETURN VALUE id");
      assert.deepEqual(await all(db, '_spooky_request'), ids([own]));
      await db.query('DELETE _spooky_request').collect();
      assert.equal((await all(app.root, '_spooky_request')).length, 1);
      await app.root.query('DELETE _spooky_request').collect();
    },
  },
  _spooky_secret: {
    all: async (db) => {
      assert.equal((await app.value(db, 'SELECT VALUE secret FROM _spooky_secret')).length, 1);
      for (const name of ['version', 'outbox', 'job']) await app.value(db, `CREATE _spooky_${name}:mine; DELETE _spooky_${name}:mine`).catch(() => {});
    },
    none: async (db, row) => {
      for (const table of tables(row)) {
        assert.deepEqual(await all(db, table), [], table);
        await refused(db, `CREATE ${table}:mine; UPDATE ${table} SET x = 1; DELETE ${table}`);
        assert.equal(await app.value(app.root, `RETURN record::exists(${table}:mine)`).catch(() => false), false, table);
      }
      assert.equal((await all(app.root, '_spooky_secret')).length, 1);
    },
  },
};

test('the document has a table, and each cell of it a trial', () => {
  assert.ok(rows.length >= 7 && heads.length === 4, section);
  for (const [first, ...cells] of rows)
    for (const cell of cells) assert.ok(trials[tables(first)[0] ?? first]?.[cell], `${first}: nothing tries "${cell}"`);
});

for (const [first, ...cells] of rows)
  cells.forEach((cell, i) => attack(heads[i + 1], `${first}: ${cell}`, async ({ attempt, skip }) => {
    if (heads[i + 1] === 'guest' && !app.guestsAreIn) return skip('this SurrealDB lets no guest in');
    await attempt(() => trials[tables(first)[0] ?? first][cell](whose[heads[i + 1]](), first));
  }));
