// Who reaches the listeners without a secret, or with one of another kind, changes nothing and is told nothing.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before } from 'node:test';
import { RecordId } from 'surrealdb';
import { eventually } from '../harness/eventually.mjs';
import { binary } from '../harness/program.mjs';
import { Application, NODE_SECRET } from './application.mjs';
import { attack } from './attacks.mjs';

let app;
let scheduler;
let ssp;
before(async () => {
  app = await Application.open('security_network');
  scheduler = app.cluster.scheduler.url;
  ssp = app.cluster.ssps[0].url;
  await app.register(app.ann, 'anns', 'SELECT * FROM doc');
});
after(() => app.stop());

const ANNS = ['doc:anns', 'doc:open'];
const OPEN = ['/health', '/version', '/info', '/metrics', '/metrics/prometheus'];
const BODY = { id: 'anns', view: 'anns', table: 'doc', op: 'CREATE', record: { id: 'doc:forged', open: true }, seq: 99999999, surql: 'SELECT * FROM secret', query: 'SELECT * FROM secret',
  query_id: 'x', view_plan: 'SELECT * FROM secret', ssp_id: 'ssp-1', url: 'http://127.0.0.1:1', job_id: 'job:1', status: 'completed', message: 'x', epoch: 9223372036854775807n.toString() };
const untouched = async () => {
  assert.deepEqual((await app.seen(app.ann, 'anns')).edges, ANNS);
  assert.equal(await app.value(app.root, 'RETURN record::exists(doc:forged)'), false);
};

/** Method and path of every endpoint of a program, as it lists them itself. */
function endpointsOf(program) {
  const lines = execFileSync(binary(program), ['--list-endpoints'], { encoding: 'utf8' }).split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line)).map(({ method, path }) => [method, path.replace('{id}', 'anns')]);
}

attack('network neighbour', 'every endpoint without the secret, or with another', async ({ attempt }) => {
  for (const [program, url] of [['spooky-scheduler', scheduler], ['spooky-ssp', ssp]]) {
    const closed = endpointsOf(program).filter(([, path]) => !OPEN.includes(path));
    assert.ok(closed.length > 9, `${program} lists ${closed.length} endpoints`);
    for (const [method, path] of closed)
      for (const secret of [null, '', 'wrong', `${NODE_SECRET}x`, NODE_SECRET.slice(0, -1), NODE_SECRET.toUpperCase()]) await attempt(async () => {
        const { status, text } = await app.ask(method, url + path, method === 'GET' ? undefined : BODY, secret);
        assert.equal(status, 401, `${method} ${path} with ${secret}: ${text}`);
        assert.ok(!text.includes('launch code'), text);
      });
  }
  await attempt(untouched);
});

attack('network neighbour', 'the secret in other places than its header', async ({ attempt }) => {
  for (const url of [scheduler, ssp])
    for (const [path, headers] of [[`/view/register?secret=${NODE_SECRET}`, {}], ['/view/register', { cookie: `secret=${NODE_SECRET}` }], ['/view/register', { authorization: NODE_SECRET }], ['/view/register', { authorization: `Basic ${Buffer.from(`node:${NODE_SECRET}`).toString('base64')}` }],
      ['/view/register', { 'x-spooky-secret': NODE_SECRET }], ['//view/register', {}], ['/view/../view/register', {}], ['/VIEW/REGISTER', {}]]) await attempt(async () => {
      const answer = await fetch(url + path, { method: 'POST', body: JSON.stringify(BODY), headers: { 'content-type': 'application/json', ...headers } });
      assert.ok([401, 404].includes(answer.status), `${path}: ${answer.status}`);
    });
  await attempt(untouched);
});

attack('network neighbour', 'what open endpoints tell of data, queries and the secret', async ({ attempt }) => {
  for (const url of [scheduler, ssp])
    for (const path of OPEN) await attempt(async () => {
      const { text } = await app.ask('GET', url + path);
      for (const hidden of [NODE_SECRET, 'doc:', 'secret:', 'SELECT', 'root:root', String(app.annId)]) assert.ok(!text.includes(hidden), `${path} tells ${hidden}: ${text}`);
    });
});

attack('whoever has the secret', 'an epoch to wedge a view with, at the scheduler', async ({ attempt }) => {
  const register = { id: 'wedge', surql: 'SELECT * FROM doc', ttl: '10m' };
  for (const [path, body] of [['/view/register', { ...register, epoch: 9223372036854775807n.toString() }], ['/view/register', { ...register, epoch: 5 }],
    ['/query/register', { query_id: 'wedge', view_plan: register.surql, epoch: 5 }], ['/view/unregister', { view: 'wedge', epoch: 5 }]])
    await attempt(async () => {
      const { status, text } = await app.ask('POST', scheduler + path, body, NODE_SECRET);
      assert.equal(status, 400, text);
      assert.match(text, /epoch/);
    });
  const { status, json } = await app.ask('POST', `${scheduler}/view/register`, register, NODE_SECRET);
  assert.equal(status, 200);
  assert.equal(json.rowCount, 3);
});

attack('the database\'s functions', 'an epoch or a placement at an SSP', async ({ attempt }) => {
  const body = { id: 'wedge2', surql: 'SELECT * FROM doc', auth: '{ system: true }', epoch: 9223372036854775807n.toString() };
  for (const epoch of [5, '5', 9223372036854775806]) await attempt(async () => {
    const answer = await fetch(`${ssp}/view/register`, { method: 'POST', body: JSON.stringify({ ...body, epoch }), headers: { 'content-type': 'application/json', 'x-spooky-errors': 'inline', authorization: `Bearer ${NODE_SECRET}` } });
    const { code } = await answer.json();
    assert.equal(code, 'INVALID_ARGUMENT');
  });
});

attack('network neighbour', 'the database itself, as nobody', async ({ attempt }) => {
  if (!app.guestsAreIn) return;
  for (const text of ['SELECT * FROM _spooky_secret', 'INFO FOR DB', 'SELECT * FROM secret', 'DELETE _spooky_view', 'CREATE doc:forged SET open = true', 'SELECT * FROM _spooky_request', 'SELECT * FROM _spooky_view', 'LIVE SELECT * FROM _spooky_list_ref'])
    await attempt(async () => {
      const told = await app.sqlAsGuest(text);
      for (const hidden of [NODE_SECRET, app.storedSecret, 'launch code', 'SELECT * FROM doc']) assert.ok(!told.includes(hidden), told);
    });
  await attempt(untouched);
  await app.root.query('CREATE doc:still SET open = true').collect();
  await eventually(async () => assert.deepEqual((await app.seen(app.ann, 'anns')).edges, [...ANNS, 'doc:still'].sort()), 10_000);
  await app.root.query('DELETE $id', { id: new RecordId('doc', 'still') }).collect();
});
