// Nobody takes over, ends or misnames what is another's.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DateTime, RecordId } from 'surrealdb';
import { eventually } from '../harness/eventually.mjs';
import { Application } from './application.mjs';

let app;
before(async () => { app = await Application.open('security_ownership'); });
after(() => app.stop());

const query = (key) => new RecordId('_spooky_query', key);
const tried = (db, text, vars) => db.query(text, vars).collect().then(() => 'taken', ({ message }) => message);

test('an owner cannot be made up: not for oneself, not for another, not by any statement', async () => {
  await app.register(app.ann, 'anns', 'SELECT * FROM doc');
  const id = new RecordId('_spooky_owner', [String(app.bobId), 'anns']);
  const row = { id, in: app.bobId, out: query('anns'), view: new RecordId('_spooky_view', 'anns') };
  for (const text of [
    'INSERT RELATION INTO _spooky_owner $row', 'INSERT INTO _spooky_owner $row', 'CREATE $id CONTENT $row',
    'UPSERT $id CONTENT $row', 'UPSERT $id MERGE $row', 'RELATE $row.in->_spooky_owner->$row.out',
  ]) await tried(app.bob, text, { row, id });
  const hers = { ...row, id: new RecordId('_spooky_owner', [String(app.annId), 'anns']) };
  await tried(app.bob, 'INSERT RELATION INTO _spooky_owner $row ON DUPLICATE KEY UPDATE in = $row.in', { row: hers });
  const { edges, record } = await app.seen(app.bob, 'anns');
  assert.deepEqual(edges, []);
  assert.equal(record?.surql, undefined);
  assert.deepEqual((await app.seen(app.ann, 'anns')).edges, ['doc:anns', 'doc:open']);
});

test('a registration of the same id does not end, shorten or replace what another has', async () => {
  await app.register(app.ann, 'both', 'SELECT * FROM doc', { clientId: 'anns client' });
  await app.register(app.bob, 'both', 'SELECT * FROM doc', { ttl: '1s', lastActiveAt: new DateTime('1970-01-01T00:00:00Z') });
  await app.register(app.bob, 'anns', 'SELECT * FROM public', { ttl: '1s' });
  await eventually(async () => {
    const left = await app.value(app.root, 'SELECT VALUE id FROM _spooky_owner WHERE out = $query', { query: query('both') });
    assert.equal(left.length, 1);
  }, 20_000);
  const { edges, record } = await app.seen(app.ann, 'both');
  assert.deepEqual(edges, ['doc:anns', 'doc:open']);
  assert.equal(record.clientId, 'anns client');
  assert.equal(String(record.ttl), '10m');
});

test('ending a query ends it for whoever says so, and for him alone', async () => {
  for (const db of [app.ann, app.bob]) await app.register(db, 'ends', 'SELECT * FROM doc');
  await app.value(app.bob, 'RETURN fn::query::unregister($id)', { id: query('ends') });
  await eventually(async () => assert.deepEqual((await app.seen(app.bob, 'ends')).edges, []));
  assert.deepEqual((await app.seen(app.ann, 'ends')).edges, ['doc:anns', 'doc:open']);
  await tried(app.guest, 'fn::query::unregister($id)', { id: query('ends') });
  await tried(app.guest, 'DELETE $id', { id: query('ends') });
  await tried(app.bob, 'DELETE _spooky_query; DELETE _spooky_view; DELETE _spooky_list_ref; DELETE _spooky_owner');
  assert.deepEqual((await app.seen(app.ann, 'ends')).edges, ['doc:anns', 'doc:open']);
});

test('an epoch, an instance or a place is no word of a client', async () => {
  await app.register(app.ann, 'epochs', 'SELECT * FROM doc',
    { epoch: 9223372036854775807n, instance: 'x', ssp: 'mine', state: 'ready', rowCount: 7 });
  const again = await app.register(app.ann, 'epochs', 'SELECT * FROM doc');
  assert.equal(again.rowCount, 2);
  await app.root.query('CREATE doc:late SET open = true').collect();
  await eventually(async () => assert.ok((await app.seen(app.ann, 'epochs')).edges.includes('doc:late')));
});

test('a request made by hand is whose it is: no system user\'s, and evaluates no bomb', async () => {
  const row = { query: query('byhand'), surql: 'SELECT * FROM secret', params: '{}', system: true, caller: null };
  for (const text of ['CREATE _spooky_request CONTENT $row', 'INSERT INTO _spooky_request $row', 'UPSERT _spooky_request:x CONTENT $row'])
    await tried(app.ann, text, { row });
  await tried(app.ann, 'CREATE _spooky_request CONTENT $row', { row: { ...row, query: query('bomb'), params: '{ a: array::range(0, 100000000) }' } });
  const made = await app.value(app.root, 'SELECT system, answer FROM _spooky_request');
  assert.ok(made.length >= 3);
  for (const { system, answer } of made) {
    assert.equal(system, false);
    assert.ok(answer.code !== undefined || answer.rowCount === 0, JSON.stringify(answer));
  }
  assert.ok(made.some(({ answer }) => answer.code !== undefined));
  const [outcome] = await app.value(app.root, 'SELECT VALUE auth.system FROM _spooky_view WHERE query = $query', { query: query('byhand') });
  assert.equal(outcome, false);
});

test('edges and views cannot be written by users', async () => {
  await app.register(app.ann, 'written', 'SELECT * FROM doc');
  for (const text of [
    "INSERT RELATION INTO _spooky_list_ref { in: $q, out: secret:1, version: 1, view: _spooky_view:written }",
    'UPDATE _spooky_list_ref SET out = secret:1', 'UPDATE _spooky_view SET surql = "SELECT * FROM secret"',
    'UPSERT _spooky_view:mine SET query = $q, surql = "SELECT * FROM secret"', 'UPDATE _spooky_secret SET secret = "x"',
  ]) await tried(app.ann, text, { q: query('written') });
  const { edges } = await app.seen(app.ann, 'written');
  assert.ok(edges.length > 0 && edges.every((out) => out.startsWith('doc:')), edges.join());
  assert.equal(await app.value(app.root, 'RETURN record::exists(_spooky_view:mine)'), false);
});

test('an id that is not one whole id is refused', async () => {
  for (const id of ['_spooky_query:a|b', '_spooky_query:1..5', '', '_spooky_query:', new RecordId('user', 'x'), 7, null]) {
    await assert.rejects(app.value(app.ann, 'RETURN fn::query::register($view)', { view: { id, surql: 'SELECT * FROM doc' } }),
      /INVALID_ARGUMENT|id/, String(id));
  }
});

test('the secret of the nodes stands in no definition', async () => {
  await app.root.query("UPSERT _spooky_secret:node SET secret = 'node-secret-0815'").collect();
  const told = JSON.stringify([await app.value(app.root, 'INFO FOR DB'),
    await app.value(app.root, 'INFO FOR TABLE _spooky_request'), await app.value(app.root, 'INFO FOR TABLE _spooky_query')]);
  assert.ok(!told.includes('node-secret-0815'));
  assert.ok(told.includes('_spooky_secret'));
});
