// `spooky schema` as an operator uses it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Cluster } from '../harness/cluster.mjs';
import { binary } from '../harness/program.mjs';

const run = promisify(execFile);
let cluster;
let target;

before(async () => {
  cluster = await Cluster.open('schema');
  await cluster.query('DEFINE TABLE note; DEFINE TABLE page;');
  target = ['schema', '--db-url', `${cluster.surrealdb.addr}/rpc`, '--ns', 'spooky_test', '--db', cluster.database,
    '--user', 'root', '--pass', 'root', '--endpoint', 'http://127.0.0.1:1'];
});
after(() => cluster.stop());

const tables = async () => Object.keys((await cluster.query('INFO FOR DB')).tables).sort();

test('without --apply it prints what it would install, and installs nothing', async () => {
  const { stdout } = await run(binary('spooky'), target);
  for (const name of ['_spooky_query', '_spooky_list_ref', 'fn::query::register', 'note', 'page']) {
    assert.ok(stdout.includes(name), `${name} is missing`);
  }
  assert.deepEqual(await tables(), ['note', 'page']);
});

test('--apply installs it, as often as one likes', async () => {
  await cluster.applySchema('http://127.0.0.1:1');
  await cluster.applySchema('http://127.0.0.1:1');
  const names = await tables();
  for (const name of ['_spooky_query', '_spooky_list_ref', '_spooky_version', '_spooky_job']) {
    assert.ok(names.includes(name), name);
  }
  const { functions } = await cluster.query('INFO FOR DB');
  assert.ok(Object.keys(functions).includes('query::register'));
});

test('a wrong password and an absent server end with a message and a failure', async () => {
  const wrong = target.map((word, at) => (target[at - 1] === '--pass' ? 'wrong' : word));
  await assert.rejects(run(binary('spooky'), wrong), ({ code, stderr }) => code !== 0 && /sign|password|auth/i.test(stderr));
  const absent = target.map((word, at) => (target[at - 1] === '--db-url' ? '127.0.0.1:1' : word));
  await assert.rejects(run(binary('spooky'), absent), ({ code, stderr }) => code !== 0 && /127\.0\.0\.1:1/.test(stderr));
});
