// Users register queries of listed shapes, whatever the constants; nothing else, and the list can change while it is used.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { after, before, test } from 'node:test';
import { Cluster, NAMESPACE } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { binary } from '../harness/program.mjs';
import { register } from '../harness/views.mjs';
import { Application } from './application.mjs';

let app;
let file;
const spooky = async (...args) => (await promisify(execFile)(binary('spooky'), ['allowlist', ...args, '--file', file])).stdout;

before(async () => {
  app = await Application.open('security_allowlist');
  file = join(app.cluster.folder, 'allowlist.surql');
  // While the processes install the definitions a registration may have to be repeated.
  await eventually(() => app.register(app.ann, 'mine', 'SELECT * FROM doc WHERE rank > 1'));
  const scope = ['--db-url', `${app.cluster.surrealdb.addr}/rpc`, '--ns', NAMESPACE, '--db', app.cluster.database];
  await spooky('learn', ...scope, '--user', 'root', '--pass', 'root');
  const { scheduler } = app.cluster;
  await scheduler.stop();
  Object.assign(scheduler.env, { SPOOKY_SCHEDULER_ALLOWLIST_MODE: 'enforce', SPOOKY_ALLOWLIST_FILE: file });
  await scheduler.start();
  await app.cluster.ready();
});
after(() => app.stop());

const refused = /FORBIDDEN: a query of this shape is not allowed here/;

test('what was registered is learnt as a shape, and registered with other constants', async () => {
  assert.equal(readFileSync(file, 'utf8'), 'SELECT * FROM doc WHERE rank > $_\n');
  assert.equal(await spooky('show'), readFileSync(file, 'utf8'));
  const { rowCount } = await app.register(app.ann, 'other', 'SELECT * FROM doc WHERE rank > 0');
  assert.equal(rowCount, 2);
});

test('another shape is refused: another table, field, condition, or a table in a constant', async () => {
  for (const surql of [
    'SELECT * FROM public WHERE rank > 1', 'SELECT title FROM doc WHERE rank > 1', 'SELECT * FROM doc WHERE rank > 1 OR true',
    'SELECT * FROM doc', "SELECT * FROM type::table('secret') WHERE rank > 1", 'SELECT * FROM doc:anns WHERE rank > 1',
    'SELECT * FROM doc WHERE rank > (SELECT VALUE n FROM ONLY secret:1)',
  ]) await assert.rejects(app.register(app.ann, 'no', surql), refused, surql);
  assert.deepEqual((await app.seen(app.ann, 'no')).edges, []);
});

test('system users are exempt', async () => {
  assert.equal((await app.register(app.root, 'roots', 'SELECT * FROM secret')).rowCount, 2);
});

test('what is added is allowed without a restart, and what is removed is not', async () => {
  const surql = "SELECT * FROM public WHERE title = 'for all'";
  assert.equal(await spooky('add', surql), 'SELECT * FROM public WHERE title = $_\n');
  await eventually(() => app.register(app.ann, 'added', surql), 20_000);
  await spooky('remove', surql);
  await eventually(() => assert.rejects(app.register(app.ann, 'removed', surql), refused), 20_000);
  await assert.rejects(spooky('remove', surql), /does not list/);
});

test('a single SSP keeps to a list as well, and system users too where none are exempt', async () => {
  const cluster = await Cluster.open('security_allowlist_single');
  try {
    await cluster.query('DEFINE TABLE note; CREATE note:1 SET n = 1');
    const list = join(cluster.folder, 'list.surql');
    writeFileSync(list, 'SELECT * FROM note WHERE n = $_\n');
    await cluster.addSsp({ SPOOKY_SSP_ALLOWLIST_MODE: 'enforce', SPOOKY_SSP_ALLOWLIST_SYSTEM_EXEMPT: 'false', SPOOKY_ALLOWLIST_FILE: list });
    await cluster.ready();
    await cluster.applySchema();
    await eventually(() => register(cluster.db, 'SELECT * FROM note WHERE n = 7'));
    await assert.rejects(register(cluster.db, 'SELECT * FROM note'), refused);
    cluster.ssps[0].env.SPOOKY_ALLOWLIST_FILE = join(cluster.folder, 'missing');
    await cluster.ssps[0].stop();
    await assert.rejects(cluster.ssps[0].start(), /allowlist\.file: .*missing cannot be read/);
  } finally {
    await cluster.stop();
  }
});
