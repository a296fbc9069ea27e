// I1, I2: what /ingest has answered is in the log, in one gap-free order, whatever dies.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Cluster } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { get, post } from '../harness/http.mjs';

const WRITERS = 8;
let cluster;
let ingest;

before(async () => {
  cluster = await Cluster.open('ingest');
  // Tables that the database does not have are whoever's who posts them. By webhook a restart would compare them with it.
  await cluster.query('DEFINE TABLE kept; CREATE kept:1 SET n = 1;');
  await cluster.addScheduler();
  // The functions that the scheduler itself installs are in the log, too, once they are seen.
  await eventually(async () => {
    const named = await cluster.replica('SELECT VALUE name FROM _spooky_definition');
    for (const name of ['record', 'asked', 'register', 'register_all', 'heartbeat', 'unregister']) assert.ok(named.includes(`query::${name}`), named.join());
  }, 20_000);
  ingest = `${cluster.scheduler.url}/ingest`;
});
after(() => cluster.stop());

const change = (table, n, op = 'CREATE', fields = { n }) => {
  const id = `${table}:${n}`;
  return { table, op, id, record: { id, ...fields } };
};

const accepted = async (body, path = '', headers = {}) => {
  const { status, json, text } = await post(ingest + path, body, { headers });
  assert.equal(status, 200, text);
  return json;
};

const numbersIn = async (table) => (await cluster.replica(`SELECT n FROM ${table} ORDER BY n`)).map(({ n }) => n);

const replicaHas = (table, numbers) =>
  eventually(async () => assert.deepEqual(await numbersIn(table), numbers), 10_000);

test('changes are numbered without a gap and reach the replica', async () => {
  const { seq } = await accepted(change('note', 1));
  assert.equal((await accepted(change('note', 2))).seq, seq + 1);
  assert.equal((await accepted(change('note', 3))).seq, seq + 2);
  await replicaHas('note', [1, 2, 3]);
});

test('an update replaces the whole record, a delete removes it', async () => {
  await accepted(change('note', 2, 'UPDATE', { n: 20 }));
  await accepted({ table: 'note', op: 'DELETE', id: 'note:3' });
  await replicaHas('note', [1, 20]);
  await accepted(change('note', 2, 'UPDATE', { other: true }));
  await eventually(async () =>
    assert.deepEqual(await cluster.replica('SELECT * FROM note:2'), [{ id: 'note:2', other: true }]));
});

test('a batch is one transaction: all of it or, where a line is wrong, nothing', async () => {
  const ndjson = { 'content-type': 'application/x-ndjson' };
  const lines = [10, 11, 12].map((n) => JSON.stringify(change('note', n)));
  const { first_seq, last_seq, count } = await accepted(`${lines.join('\n')}\n`, '/batch', ndjson);
  assert.deepEqual([count, last_seq - first_seq], [3, 2]);

  const { status, json } = await post(`${ingest}/batch`,
    [JSON.stringify(change('note', 13)), '{"table":"note","op":"CREATE"}'].join('\n'), { headers: ndjson });
  assert.equal(status, 400);
  assert.match(json.message, /line 2/i);
  assert.equal((await accepted(change('note', 14))).seq, last_seq + 1);
  await eventually(async () => assert.ok((await numbersIn('note')).includes(14)));
  assert.ok(!(await numbersIn('note')).includes(13));
});

test('an event sent twice counts once', async () => {
  const event = { ...change('note', 15), event_id: 'event-15' };
  const { seq } = await accepted(event);
  await accepted(event);
  assert.equal((await accepted(change('note', 16))).seq, seq + 1);
});

test('kill -9 between two writes loses nothing that was acknowledged', async () => {
  const { seq } = await accepted(change('note', 30));
  await cluster.scheduler.kill();
  await cluster.scheduler.start();
  await cluster.schedulerUp();
  assert.equal((await accepted(change('note', 31))).seq, seq + 1);
  await eventually(async () => {
    const numbers = await numbersIn('note');
    for (const n of [30, 31]) assert.ok(numbers.includes(n), `${n} is missing in ${numbers}`);
  });
});

test('what is posted of a table that is read from the database is refused, alone and in a batch, and changes nothing', async () => {
  await eventually(async () => assert.deepEqual(await numbersIn('kept'), [1]));
  const refused = async (body, path) => {
    const { status, text } = await post(ingest + path, body);
    assert.equal(status, 400, text);
    assert.match(text, /kept: its changes are read from the database/);
  };
  for (const forged of [change('kept', 1, 'UPDATE', { n: 666 }), change('kept', 2), { table: 'kept', op: 'DELETE', id: 'kept:1' }]) {
    await refused(forged, '');
    await refused([change('note', 40), forged], '/batch');
  }
  assert.deepEqual(await numbersIn('kept'), [1]);
  assert.ok(!(await numbersIn('note')).includes(40));
});

test('kill -9 under load loses nothing that was acknowledged', async () => {
  const acknowledged = new Map();
  let next = 0;
  const write = async () => {
    for (;;) {
      const n = next++;
      const answer = await post(ingest, change('load', n)).catch(() => undefined);
      if (answer?.status !== 200) return;
      acknowledged.set(n, answer.json.seq);
    }
  };
  const writers = Array.from({ length: WRITERS }, write);
  await eventually(() => assert.ok(acknowledged.size > 500), 30_000);
  await cluster.scheduler.kill();
  await Promise.all(writers);
  await cluster.scheduler.start();
  await cluster.schedulerUp();

  assert.equal(new Set(acknowledged.values()).size, acknowledged.size, 'a sequence number was given twice');
  await eventually(async () => {
    const stored = new Set(await numbersIn('load'));
    assert.deepEqual([...acknowledged.keys()].filter((n) => !stored.has(n)), []);
  }, 15_000);
  const { seq } = await accepted(change('load', next));
  assert.ok(seq > Math.max(...acknowledged.values()));
});

test('SIGTERM ends the scheduler cleanly, and it comes back with everything', async () => {
  const { json } = await get(`${cluster.scheduler.url}/health`);
  const before = await numbersIn('note');
  assert.equal(await cluster.scheduler.stop(), 0);
  await cluster.scheduler.start();
  const { seq } = await cluster.schedulerUp();
  assert.equal(seq, json.seq);
  await replicaHas('note', before);
});
