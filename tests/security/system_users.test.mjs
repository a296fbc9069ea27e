// What users of the database itself can and cannot do with our tables and the secret.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { RecordId } from 'surrealdb';
import { eventually } from '../harness/eventually.mjs';
import { Application, NODE_SECRET } from './application.mjs';
import { attack } from './attacks.mjs';

let app;
before(async () => {
  app = await Application.open('security_system_users');
  await app.register(app.ann, 'anns', 'SELECT * FROM doc');
});
after(() => app.stop());

const query = (key) => new RecordId('_spooky_query', key);
const tried = (db, text, vars) => db.query(text, vars).collect().then((results) => results.at(-1), ({ message }) => message);
const ANNS = ['doc:anns', 'doc:open'];

attack('viewer', 'more than reading: tables, functions, events, users, the secret', async ({ attempt }) => {
  for (const text of [
    'UPDATE _spooky_secret SET secret = "x"', 'UPSERT _spooky_secret:node SET secret = "x"', 'DELETE _spooky_secret', 'UPDATE _spooky_view SET surql = "SELECT 1"', 'DELETE _spooky_view', 'DELETE _spooky_query', 'DELETE _spooky_list_ref',
    'UPDATE _spooky_owner SET ttl = 1s', 'DELETE _spooky_owner', 'CREATE _spooky_view:made', 'CREATE doc:forged SET open = true', 'DELETE doc',
  ]) await attempt(async () => {
    await tried(app.viewer, text);
    const [secret, views, forged] = await app.root.query("SELECT VALUE secret FROM _spooky_secret; SELECT VALUE surql FROM _spooky_view; RETURN record::exists(doc:forged)").collect();
    assert.deepEqual([secret, views, forged], [[app.storedSecret], ['SELECT * FROM doc'], false], text);
  });
  for (const text of ['DEFINE EVENT e ON _spooky_request WHEN true THEN {}', 'DEFINE FUNCTION OVERWRITE fn::query::register($x: any) { RETURN 1 }', 'REMOVE TABLE _spooky_view', 'DEFINE USER x ON DATABASE PASSWORD "x" ROLES OWNER',
    'DEFINE TABLE OVERWRITE secret PERMISSIONS FULL', 'REMOVE EVENT _spooky_register ON _spooky_request', 'ALTER TABLE secret PERMISSIONS FULL'])
    await attempt(async () => assert.match(String(await tried(app.viewer, text)), /Not enough permissions|permission/i, text));
  await attempt(async () => assert.deepEqual((await app.seen(app.ann, 'anns')).edges, ANNS));
});

attack('viewer', 'an epoch, a ttl or another caller by way of the function', async ({ attempt }) => {
  for (const more of [{ epoch: 9223372036854775807n }, { ttl: '1s', lastActiveAt: '1970-01-01T00:00:00Z' }, { auth: '{ system: false }', caller: app.annId }]) await attempt(async () => {
    await app.register(app.viewer, 'anns', 'SELECT * FROM doc', more);
    assert.deepEqual((await app.seen(app.ann, 'anns')).edges, ANNS);
  });
  await eventually(async () => assert.deepEqual((await app.seen(app.ann, 'anns')).edges, ANNS));
});

attack('viewer', 'rows: he has those that the database shows him', async ({ attempt }) => {
  await attempt(async () => assert.equal((await app.register(app.viewer, 'viewers', 'SELECT * FROM secret')).rowCount, 2));
  assert.equal((await app.value(app.viewer, 'SELECT * FROM secret')).length, 2);
  // SECURITY.md says so: who reads every table reads the record of the secret.
  assert.deepEqual(await app.value(app.viewer, 'SELECT VALUE secret FROM _spooky_secret'), [app.storedSecret]);
});

attack('viewer, editor', 'the secret in what INFO shows', async ({ attempt }) => {
  for (const db of [app.viewer, app.editor])
    for (const text of ['INFO FOR DB', 'INFO FOR DB STRUCTURE', ...['request', 'query', 'view', 'owner', 'list_ref', 'secret', 'job'].flatMap((name) => [`INFO FOR TABLE _spooky_${name}`, `INFO FOR TABLE _spooky_${name} STRUCTURE`])])
      await attempt(async () => {
        const told = JSON.stringify(await tried(db, text) ?? null);
        assert.ok(![NODE_SECRET, app.storedSecret].some((secret) => told.includes(secret)), text);
      });
});

attack('editor', 'what he may do, and no user after him', async ({ attempt }) => {
  // An editor of the database is trusted with all of it, our tables included.
  assert.equal((await app.register(app.editor, 'editors', 'SELECT * FROM secret')).rowCount, 2);
  await app.editor.query("CREATE doc:edited SET open = true").collect();
  await eventually(async () => assert.ok((await app.seen(app.ann, 'anns')).edges.includes('doc:edited')), 10_000);
  await app.editor.query('DELETE doc:edited').collect();
  await eventually(async () => assert.deepEqual((await app.seen(app.ann, 'anns')).edges, ANNS), 10_000);
  await attempt(async () => assert.match(String(await tried(app.editor, 'DEFINE USER x ON DATABASE PASSWORD "x" ROLES OWNER')), /Not enough permissions|permission/i));
  await attempt(async () => assert.match(String(await tried(app.editor, 'DEFINE ACCESS mine ON DATABASE TYPE RECORD SIGNIN (SELECT * FROM user)')), /Not enough permissions|permission/i));
  await attempt(async () => {
    await tried(app.editor, 'INSERT RELATION INTO _spooky_owner { id: [$bob, "anns"], in: $rid, out: $q, view: _spooky_view:none }', { bob: String(app.bobId), rid: app.bobId, q: query('anns') });
    assert.deepEqual((await app.seen(app.bob, 'anns')).edges, [], 'a row of an owner by itself shows nothing: the view must be his');
  });
});
