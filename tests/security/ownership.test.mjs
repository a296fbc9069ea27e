// Nobody takes over, ends or misnames what is another's.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { DateTime, RecordId } from 'surrealdb';
import { eventually } from '../harness/eventually.mjs';
import { Application, NODE_SECRET } from './application.mjs';
import { attack } from './attacks.mjs';

let app;
before(async () => { app = await Application.open('security_ownership'); });
after(() => app.stop());

const query = (key) => new RecordId('_spooky_query', key);
const tried = (db, text, vars) => db.query(text, vars).collect().then(() => 'taken', ({ message }) => message);
const ANNS = ['doc:anns', 'doc:open'];
const edgesOf = async (db, key) => (await app.seen(db, key)).edges;
const strangers = () => [['record user', app.bob], ['guest', app.guest], ['viewer', app.viewer]].filter(([who]) => who !== 'guest' || app.guestsAreIn);

attack('record user, guest, viewer', 'an owner made up, for himself or for another', async ({ attempt }) => {
  await app.register(app.ann, 'anns', 'SELECT * FROM doc');
  const view = new RecordId('_spooky_view', 'anns');
  const own = { id: new RecordId('_spooky_owner', [String(app.bobId), 'anns']), in: app.bobId, out: query('anns'), view };
  const hers = { ...own, id: new RecordId('_spooky_owner', [String(app.annId), 'anns']) };
  for (const [, db] of strangers())
    for (const row of [own, hers])
      for (const text of [
        'INSERT RELATION INTO _spooky_owner $row', 'INSERT INTO _spooky_owner $row', 'CREATE $row.id CONTENT $row', 'UPSERT $row.id CONTENT $row', 'UPSERT $row.id MERGE $row',
        'RELATE $row.in->_spooky_owner->$row.out', 'INSERT RELATION INTO _spooky_owner $row ON DUPLICATE KEY UPDATE in = $row.in', 'UPDATE $row.id SET in = $row.in',
        'UPDATE _spooky_owner SET in = $row.in', 'INSERT IGNORE INTO _spooky_owner $row', 'INSERT INTO _spooky_owner $row ON DUPLICATE KEY UPDATE view = $row.view',
        'BEGIN; INSERT RELATION INTO _spooky_owner $row; SELECT * FROM $row.out; COMMIT',
        "INSERT RELATION INTO _spooky_owner { id: [<string> $auth.id, 'anns'], in: $auth.id, out: _spooky_query:anns }",
      ]) await attempt(async () => {
        await tried(db, text, { row });
        const owners = await app.value(app.root, 'SELECT VALUE in FROM _spooky_owner WHERE out = $query', { query: query('anns') });
        assert.deepEqual(owners.map(String), [String(app.annId)], text);
      });
  await attempt(async () => {
    const { edges, record } = await app.seen(app.bob, 'anns');
    assert.deepEqual(edges, []);
    assert.equal(record?.surql, undefined);
  });
  await attempt(async () => assert.deepEqual(await edgesOf(app.ann, 'anns'), ANNS));
});

attack('record user, guest', 'the end of another\'s view, or a shorter life, by the same id', async ({ attempt }) => {
  await app.register(app.ann, 'both', 'SELECT * FROM doc', { clientId: 'anns client' });
  const past = new DateTime('1970-01-01T00:00:00Z');
  for (const [who, db] of strangers().filter(([who]) => who !== 'viewer'))
    for (const more of [{ ttl: '1s', lastActiveAt: past }, { ttl: '1ns' }, { ttl: '0s', clientId: 'another' }, { lastActiveAt: past }])
      await attempt(async () => {
        const answer = await app.register(db, 'both', 'SELECT * FROM doc', more);
        assert.equal(answer.rowCount, who === 'guest' ? 1 : 2);
      });
  for (const [, db] of strangers().filter(([who]) => who !== 'viewer'))
    await attempt(() => tried(db, 'RETURN fn::query::register($v)', { v: { id: query('both'), surql: 'SELECT * FROM public', ttl: '1s' } }));
  await app.register(app.bob, 'both', 'SELECT * FROM doc', { ttl: '1s', lastActiveAt: past });
  await eventually(async () => {
    const left = await app.value(app.root, 'SELECT VALUE in FROM _spooky_owner WHERE out = $query', { query: query('both') });
    assert.deepEqual(left.map(String), [String(app.annId)]);
  }, 20_000);
  await attempt(async () => {
    const { edges, record } = await app.seen(app.ann, 'both');
    assert.deepEqual(edges, ANNS);
    assert.equal(record.clientId, 'anns client');
    assert.equal(String(record.ttl), '10m');
  });
});

attack('record user', 'ttl, activity and client of another\'s row', async ({ attempt }) => {
  await app.register(app.ann, 'life', 'SELECT * FROM doc', { clientId: 'anns client' });
  await app.register(app.bob, 'life', 'SELECT * FROM doc');
  const past = new DateTime('1970-01-01T00:00:00Z');
  const before = await app.value(app.root, 'SELECT * FROM ONLY $id', { id: new RecordId('_spooky_owner', [String(app.annId), 'life']) });
  for (const text of [
    'UPDATE _spooky_owner SET ttl = 1s', 'UPDATE _spooky_owner SET lastActiveAt = $past', "UPDATE _spooky_owner SET clientId = 'x'", 'UPDATE $hers SET ttl = 1s, lastActiveAt = $past', 'DELETE $hers',
    'DELETE _spooky_owner WHERE in != $auth', 'UPDATE $q SET ttl = 1s', 'UPDATE $q SET lastActiveAt = $past', 'RETURN fn::query::heartbeat($q)',
  ]) await attempt(async () => {
    await tried(app.bob, text, { past, q: query('life'), hers: before.id });
    const now = await app.value(app.root, 'SELECT * FROM ONLY $id', { id: before.id });
    assert.deepEqual([now?.clientId, String(now?.ttl), String(now?.lastActiveAt)], [before.clientId, String(before.ttl), String(before.lastActiveAt)], text);
  });
  await attempt(async () => {
    await tried(app.bob, 'UPDATE _spooky_owner SET lastActiveAt = $past', { past });
    const [his] = await app.value(app.root, 'SELECT VALUE lastActiveAt FROM _spooky_owner WHERE in = $bob AND out = $q', { bob: app.bobId, q: query('life') });
    assert.ok(his.toDate().getFullYear() > 2000, 'his own activity becomes now, whatever he says');
  });
});

attack('record user, guest, viewer', 'the end of another\'s query', async ({ attempt }) => {
  for (const db of [app.ann, app.bob]) await app.register(db, 'ends', 'SELECT * FROM doc');
  await app.value(app.bob, 'RETURN fn::query::unregister($id)', { id: query('ends') });
  await eventually(async () => assert.deepEqual(await edgesOf(app.bob, 'ends'), []));
  for (const [, db] of strangers())
    for (const text of ['RETURN fn::query::unregister($id)', 'DELETE $id', 'DELETE _spooky_query', 'DELETE _spooky_view', 'DELETE _spooky_list_ref', 'DELETE _spooky_owner', 'UPDATE $id SET removed = true',
      'UPSERT $id CONTENT {}', 'REMOVE TABLE _spooky_query', 'DEFINE TABLE OVERWRITE _spooky_owner PERMISSIONS FULL']) await attempt(async () => {
      await tried(db, text, { id: query('ends') });
      assert.deepEqual(await edgesOf(app.ann, 'ends'), ANNS, text);
    });
});

attack('record user, guest', 'an epoch, an instance or a place as a client\'s word', async ({ attempt }) => {
  const fields = { epoch: 9223372036854775807n, instance: 'x', ssp: 'mine', state: 'ready', rowCount: 7, writes: 9223372036854775807n, seq: 9223372036854775807n, view: 'other' };
  for (const [who, db] of strangers().filter(([who]) => who !== 'viewer')) await attempt(async () => {
    await app.register(db, `epochs of ${who}`, 'SELECT * FROM doc', fields);
    const [{ epoch, ssp }] = await app.value(app.root, 'SELECT epoch, ssp FROM _spooky_view WHERE query = $q', { q: query(`epochs of ${who}`) });
    assert.ok(BigInt(epoch) < 9223372036854775807n);
    assert.equal(ssp, 'ssp-1');
  });
  await attempt(async () => {
    await app.register(app.ann, 'epochs', 'SELECT * FROM doc', fields);
    assert.equal((await app.register(app.ann, 'epochs', 'SELECT * FROM doc')).rowCount, 2);
    await app.root.query('CREATE doc:late SET open = true').collect();
    await eventually(async () => assert.ok((await edgesOf(app.ann, 'epochs')).includes('doc:late')), 10_000);
  });
  await app.root.query('DELETE doc:late').collect();
  await eventually(async () => assert.deepEqual(await edgesOf(app.ann, 'epochs'), ANNS), 10_000);
});

attack('record user', 'a request made by hand: a system user\'s, or a bomb', async ({ attempt }) => {
  const one = { query: query('byhand'), surql: 'SELECT * FROM secret', params: '{}' };
  const row = { queries: [one], system: true, caller: null, answer: { rowCount: 1 } };
  for (const text of ['CREATE _spooky_request CONTENT $row', 'INSERT INTO _spooky_request $row', 'UPSERT _spooky_request:x CONTENT $row', 'CREATE _spooky_request:y SET queries = $row.queries, system = true'])
    await attempt(() => tried(app.ann, text, { row }));
  await attempt(() => tried(app.ann, 'CREATE _spooky_request CONTENT $row', { row: { ...row, queries: [{ ...one, query: query('bomb'), params: '{ a: array::range(0, 100000000) }' }] } }));
  for (const more of [{ auth: '{ system: true }' }, { epoch: 99999999999 }, { metadata: { id: 'm', surql: 'SELECT * FROM secret' } }])
    await attempt(() => tried(app.ann, 'CREATE _spooky_request CONTENT $row', { row: { ...row, many: true, queries: [{ ...one, ...more }] } }));
  const made = await app.value(app.root, 'SELECT system, answer FROM _spooky_request');
  assert.ok(made.length >= 3);
  for (const { system, answer } of made) await attempt(async () => {
    assert.equal(system, false);
    for (const told of [answer].flat()) assert.ok(told.code !== undefined || told.rowCount === 0, JSON.stringify(answer));
  });
  assert.ok(made.some(({ answer }) => answer.code !== undefined));
  const [outcome] = await app.value(app.root, 'SELECT VALUE auth.system FROM _spooky_view WHERE query = $query', { query: query('byhand') });
  assert.equal(outcome, false);
  await attempt(async () => {
    await tried(app.bob, 'UPDATE _spooky_request SET answer = {}; DELETE _spooky_request');
    assert.equal((await app.value(app.root, 'SELECT VALUE id FROM _spooky_request')).length, made.length);
  });
});

attack('record user', 'what is left of views that are given up', async ({ attempt }) => {
  const left = (key) => app.value(app.root, 'RETURN { edges: (SELECT VALUE id FROM _spooky_list_ref WHERE in = $q), views: (SELECT VALUE id FROM _spooky_view WHERE query = $q), query: (SELECT VALUE id FROM $q) }', { q: query(key) });
  const ways = { function: "fn::query::unregister('KEY')", record: 'DELETE _spooky_query:KEY', transaction: "BEGIN; fn::query::heartbeat('KEY'); SELECT * FROM _spooky_query; DELETE _spooky_query:KEY; COMMIT" };
  for (const [way, text] of Object.entries(ways)) await attempt(async () => {
    const key = `given_up_${way}`;
    await app.register(app.ann, key, 'SELECT * FROM doc');
    assert.ok((await left(key)).edges.length > 0);
    await app.ann.query(text.replaceAll('KEY', key)).collect();
    await eventually(async () => assert.deepEqual(await left(key), { edges: [], views: [], query: [] }, way), 10_000);
  });
});

attack('record user, guest, viewer', 'edges, views and the secret written', async ({ attempt }) => {
  await app.register(app.ann, 'written', 'SELECT * FROM doc');
  for (const [, db] of [...strangers(), ['owner', app.ann]])
    for (const text of [
      'INSERT RELATION INTO _spooky_list_ref { in: $q, out: secret:1, version: 1, view: _spooky_view:written }', 'RELATE $q->_spooky_list_ref->secret:1', 'UPDATE _spooky_list_ref SET out = secret:1',
      'UPDATE _spooky_list_ref SET version = 99', 'UPDATE _spooky_view SET surql = "SELECT * FROM secret"', 'UPDATE _spooky_view SET auth.system = true', 'UPDATE _spooky_view SET epoch = 99999999999999',
      'UPSERT _spooky_view:mine SET query = $q, surql = "SELECT * FROM secret"', 'CREATE _spooky_view:mine SET query = $q', 'UPDATE _spooky_secret SET secret = "x"', 'UPSERT _spooky_secret:node SET secret = "x"',
      'DELETE _spooky_secret', 'DEFINE FUNCTION OVERWRITE fn::query::register($x: any) { RETURN 1 }', 'DEFINE EVENT OVERWRITE _spooky_register ON _spooky_request THEN {}', 'CREATE _spooky_query:made',
      'DEFINE FIELD OVERWRITE system ON _spooky_request VALUE true',
    ]) await attempt(async () => {
      await tried(db, text, { q: query('written') });
      assert.deepEqual(await edgesOf(app.ann, 'written'), ANNS, text);
      const [made, secret, surqls] = await app.root.query(`RETURN [record::exists(_spooky_view:mine), record::exists(_spooky_query:made)]; SELECT VALUE secret FROM _spooky_secret;
        SELECT VALUE surql FROM _spooky_view WHERE query = $q`, { q: query('written') }).collect();
      assert.deepEqual([made, secret, surqls], [[false, false], [app.storedSecret], ['SELECT * FROM doc']], text);
    });
});

attack('record user, guest', 'an id that is not one whole id', async ({ attempt }) => {
  const ids = ['_spooky_query:a|b', '_spooky_query:1..5', '_spooky_query:..', '', ' ', '_spooky_query:', '_spooky_query', 'user:x', '_spooky_query:a; REMOVE TABLE doc', '_spooky_query:[1]', '_spooky_query:{ a: 1 }', '_spooky_query:rand()',
    "_spooky_query:⟨a", '_spooky_query:a.b', '_spooky_query:a:b', new RecordId('user', 'x'), new RecordId('_spooky_query', 7), new RecordId('_spooky_query', ['x']), new RecordId('_spooky_query', ''), 7, null, true, {}, []];
  for (const [, db] of strangers().filter(([who]) => who !== 'viewer'))
    for (const id of ids) await attempt(async () => {
      const before = await app.value(app.root, 'SELECT VALUE id FROM _spooky_query');
      const outcome = await app.value(db, 'RETURN fn::query::register($view)', { view: { id, surql: 'SELECT * FROM doc' } }).then((answer) => answer, ({ message }) => message);
      const made = (await app.value(app.root, 'SELECT VALUE id FROM _spooky_query')).map(String).filter((one) => !before.map(String).includes(one));
      // A text without the table's name may be a whole key; then it is that key and nothing else.
      const whole = typeof id === 'string' && id !== '' && !id.startsWith('_spooky_query:');
      if (!whole) assert.equal(typeof outcome, 'string', `${typeof id} ${JSON.stringify(id)}: ${JSON.stringify(outcome)}`);
      assert.ok(made.every((one) => whole && one === String(query(id))), `${String(id)}: ${made} of ${JSON.stringify(outcome)}`);
    });
});

attack('deleted account', 'a view without an end', async ({ attempt }) => {
  const eve = await app.signup('eve');
  const id = await app.value(eve, 'RETURN $auth.id');
  await app.register(eve, 'before', 'SELECT * FROM doc', { ttl: undefined });
  await app.root.query('DELETE $id', { id }).collect();
  await attempt(() => eventually(async () => assert.deepEqual(await app.value(app.root, 'SELECT * FROM _spooky_view WHERE query = $q', { q: query('before') }), []), 20_000));
  await attempt(async () => {
    await app.value(eve, 'RETURN fn::query::register($view)', { view: { id: query('after'), surql: 'SELECT * FROM doc' } });
    await app.root.query('UPDATE _spooky_owner SET lastActiveAt = time::now() - 11m WHERE in = $id', { id }).collect();
    await eventually(async () => assert.deepEqual(await app.value(app.root, 'SELECT * FROM _spooky_view WHERE query = $q', { q: query('after') }), []), 20_000);
  });
});

attack('record user, guest', 'the secret of the nodes in definitions', async ({ attempt }) => {
  const told = JSON.stringify([await app.value(app.root, 'INFO FOR DB'),
    await app.value(app.root, 'INFO FOR TABLE _spooky_request'), await app.value(app.root, 'INFO FOR TABLE _spooky_query'), await app.value(app.root, 'INFO FOR TABLE _spooky_view')]);
  await attempt(async () => assert.ok(![NODE_SECRET, app.storedSecret].some((secret) => told.includes(secret))));
  assert.ok(told.includes('_spooky_secret'));
  for (const [, db] of strangers().filter(([who]) => who !== 'viewer'))
    for (const text of ['INFO FOR DB', 'INFO FOR TABLE _spooky_request', 'SELECT * FROM _spooky_secret', 'RETURN _spooky_secret:node.secret', 'RETURN record::exists(_spooky_secret:node)', 'SELECT *, _spooky_secret:node.secret AS s FROM public',
      'RETURN fn::query::record(_spooky_secret:node)'])
      await attempt(async () => assert.ok(!JSON.stringify(await app.value(db, text).catch(({ message }) => message) ?? null).includes(app.storedSecret), text));
});
