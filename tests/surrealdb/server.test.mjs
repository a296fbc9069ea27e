// The development SurrealDB, seen by the official SDK and by bare sockets.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Duration, RecordId, Table } from 'surrealdb';
import WebSocket from 'ws';
import { eventually } from '../harness/eventually.mjs';
import { cbor } from './cbor_frame.mjs';
import { connect, connectRaw, ROOT } from './client.mjs';
import { SurrealdbServer } from './start.mjs';

let server;
before(async () => { server = await new SurrealdbServer(['--path', 'mem://']).start(); });
after(() => server.stop());

const ask = async (db, ...query) => (await db.query(...query).collect())[0];

test('an SDK client signs in, writes and reads typed values back', async () => {
  const db = await connect(server.addr);
  assert.match((await db.version()).version, /3\.\d+\.\d+/);
  assert.equal(await ask(db, 'RETURN 1'), 1);
  await db.create(new RecordId('typed', 1)).content({ lasts: new Duration('1h') });
  const [row] = await db.select(new Table('typed'));
  assert.equal(String(row.lasts), '1h');
  await db.close();
});

test('a wrong password and an anonymous session are refused', async () => {
  const wrong = { authentication: { ...ROOT, password: 'wrong' } };
  await assert.rejects(connect(server.addr, wrong).then((db) => ask(db, 'RETURN 1')), /authentication|permission/i);
  const anonymous = await connectRaw(server.addr, { authentication: null });
  const { error } = await anonymous.call('query', 'RETURN 1');
  assert.equal(error.code, -32002);
  assert.match(error.message, /Not enough permissions/);
  anonymous.close();
});

test('all connections share one datastore, each with its own database and variables', async () => {
  const here = await connect(server.addr);
  const there = await connect(server.addr, { database: 'other' });
  await ask(here, 'CREATE shared:1');
  await assert.rejects(() => ask(there, 'SELECT * FROM shared'), /does not exist/);
  await there.use({ namespace: 'test', database: 'test' });
  assert.equal((await ask(there, 'SELECT * FROM shared')).length, 1);
  await here.set('x', 5);
  assert.equal(await ask(here, 'RETURN $x'), 5);
  assert.equal((await ask(there, 'RETURN $x')) ?? null, null);
  await Promise.all([here.close(), there.close()]);
});

test('live notifications reach the connections that asked, until killed or closed', async () => {
  const [killer, closer] = [await connectRaw(server.addr), await connectRaw(server.addr)];
  const actions = (client) => client.notifications.map(({ action }) => action).sort();
  await killer.call('query', 'DEFINE TABLE item');
  const { result: live } = await killer.call('live', 'item');
  await closer.call('query', 'LIVE SELECT * FROM item');
  await killer.call('query', 'CREATE item:1 SET v=1; UPDATE item:1 SET v=2; DELETE item:1');
  await eventually(() => {
    for (const client of [killer, closer]) assert.deepEqual(actions(client), ['CREATE', 'DELETE', 'UPDATE']);
  });
  assert.deepEqual([...new Set(killer.notifications.map(({ id }) => String(id)))], [String(live)]);

  await killer.call('kill', live);
  await killer.call('query', 'CREATE item:2');
  await eventually(() => assert.equal(closer.notifications.length, 4));
  assert.equal(killer.notifications.length, 3);

  closer.close();
  await eventually(async () => {
    const { result } = await killer.call('query', 'INFO FOR TABLE item');
    assert.deepEqual(result[0].result.lives, {});
  });
  killer.close();
});

test('the SDK subscribes to a live query', async () => {
  const db = await connect(server.addr);
  await ask(db, 'DEFINE TABLE watched');
  const seen = [];
  (await db.live(new Table('watched'))).subscribe(({ action }) => seen.push(action));
  await ask(db, 'CREATE watched:1');
  await eventually(() => assert.deepEqual(seen, ['CREATE']));
  await db.close();
});

test('an answer that cannot be encoded still carries the request id', async () => {
  const client = await connectRaw(server.addr);
  assert.equal((await client.call('query', 'RETURN /a/')).error.code, -32700);
  client.close();
});

test('a value that looks like an error frame is a result', async () => {
  const client = await connectRaw(server.addr);
  await client.call('query', 'DEFINE FUNCTION fn::odd() { RETURN { error: { detail: 1 } } }');
  assert.deepEqual((await client.call('run', 'fn::odd')).result, { error: { detail: 1 } });
  client.close();
});

test('one connection holds several sessions with live queries of their own', async () => {
  const db = await connect(server.addr);
  const fork = await db.forkSession();
  await fork.use({ namespace: 'test', database: 'fork' });
  await ask(fork, 'CREATE solo:1');
  await assert.rejects(() => ask(db, 'SELECT * FROM solo'), /does not exist/);
  await ask(fork, 'DEFINE TABLE forked');
  const seen = [];
  (await fork.live(new Table('forked'))).subscribe((message) => seen.push(message));
  await ask(fork, 'CREATE forked:1');
  await eventually(() => assert.equal(seen.length, 1));
  await fork.invalidate(); // or the SDK keeps its token timer, and this process, alive
  await fork.closeSession();
  await db.close();
});

test('a client-side transaction is cancelled or committed as a whole', async () => {
  const db = await connect(server.addr);
  const cancelled = await db.beginTransaction();
  await cancelled.query('CREATE tx:1').collect();
  await cancelled.cancel();
  const committed = await db.beginTransaction();
  await committed.query('CREATE tx:2').collect();
  await committed.commit();
  assert.deepEqual((await ask(db, 'SELECT VALUE id FROM tx')).map(String), ['tx:2']);
  await db.close();
});

test('the json sub-protocol', async () => {
  const socket = new WebSocket(`ws://${server.addr}/rpc`, 'json');
  await once(socket, 'open');
  assert.equal(socket.protocol, 'json');
  const call = async (frame) => {
    socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
    return JSON.parse((await once(socket, 'message'))[0]);
  };
  assert.equal((await call({ id: 1, method: 'ping' })).id, 1);
  assert.equal((await call({ id: 2, method: 'signin', params: [{ user: 'root', pass: 'no' }] })).error.code, -32002);
  assert.ok((await call({ id: 3, method: 'signin', params: [{ user: 'root', pass: 'root' }] })).result);
  assert.deepEqual((await call({ id: 4, method: 'use', params: ['test', 'test'] })).result,
    { namespace: 'test', database: 'test' });
  const { result: [answer] } = await call(
    { id: 5, method: 'query', params: ['RETURN [1, NONE, NULL, 1.5, a:1, $v]', { v: 'x:2' }] });
  assert.deepEqual(answer.result, [1, null, null, 1.5, 'a:1', 'x:2']);
  assert.deepEqual((await call({ id: 6, method: 'create', params: ['made:1', { a: 'b' }] })).result,
    { id: 'made:1', a: 'b' });
  assert.equal((await call('nonsense')).error.code, -32700);
  socket.close();
});

test('HTTP /health, /version, /sql and /rpc', async () => {
  const base = `http://${server.addr}`;
  const basic = (password) => `Basic ${Buffer.from(`root:${password}`).toString('base64')}`;
  const headers = { authorization: basic('root'), 'surreal-ns': 'test', 'surreal-db': 'test' };
  const post = (path, body, extra) => fetch(base + path, { method: 'POST', headers: { ...headers, ...extra }, body });

  assert.equal((await fetch(`${base}/health`)).status, 200);
  assert.match(await (await fetch(`${base}/version`)).text(), /^surrealdb-3\./);
  assert.equal((await (await post('/sql?v=7', 'RETURN $v')).json())[0].result, '7');
  assert.equal((await post('/sql', 'RETURN 1', { authorization: basic('wrong') })).status, 401);
  const call = cbor.encode({ id: 9, method: 'query', params: ['RETURN NONE'] });
  const answer = await post('/rpc', call, { 'content-type': 'application/cbor' });
  const { id, result } = cbor.decode(new Uint8Array(await answer.arrayBuffer()));
  assert.equal(id, 9);
  assert.equal(result[0].result, undefined);
  assert.equal((await post('/rpc', 'x', { 'content-type': 'text/plain' })).status, 415);
});

test('a table event may post to the network', async () => {
  const bodies = [];
  const endpoint = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    bodies.push(JSON.parse(text));
    response.end();
  }).listen(0, '127.0.0.1');
  await once(endpoint, 'listening');
  const db = await connect(server.addr);
  const url = `http://127.0.0.1:${endpoint.address().port}/ingest`;
  await ask(db, `DEFINE EVENT post ON posted WHEN true THEN { http::post('${url}', { op: $event, id: <string> $after.id }) }`);
  await ask(db, 'CREATE posted:1');
  assert.deepEqual(bodies, [{ op: 'CREATE', id: 'posted:1' }]);
  await db.close();
  endpoint.closeAllConnections();
  endpoint.close();
});

for (const scheme of ['rocksdb', 'surrealkv']) {
  test(`a ${scheme} datastore outlives its server, which keeps its address`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'spooky-sdb-'));
    const persistent = await new SurrealdbServer(['--path', `${scheme}://${folder}`]).start();
    const { addr } = persistent;
    for (const round of [1, 2]) {
      const db = await connect(persistent.addr);
      await ask(db, 'CREATE kept');
      assert.equal((await ask(db, 'SELECT * FROM kept')).length, round);
      await db.close();
      if (round === 1) await persistent.restart();
    }
    assert.equal(persistent.addr, addr);
    await persistent.stop();
    rmSync(folder, { recursive: true });
  });
}

test('a start that cannot work says why', async () => {
  await assert.rejects(() => new SurrealdbServer(['--path', 'mem://', '--listen', 'nowhere']).start(),
    /did not start: .*--listen nowhere: expected host:port/);
});
