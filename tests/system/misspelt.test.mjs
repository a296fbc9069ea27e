// A namespace or database that does not exist is refused with a clear word, not made; on each SurrealDB there is.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { test } from 'node:test';
import { Cluster, NAMESPACE } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { get } from '../harness/http.mjs';
import { binary } from '../harness/program.mjs';
import { serverProgram, startRealServer } from '../surrealdb/real_server.mjs';
import { startSurrealdb } from '../surrealdb/start.mjs';

const server = process.env.SURREALDB_ADDR ? null : serverProgram();
const engines = { 'the usual SurrealDB': startSurrealdb, ...(server ? { 'the newest server': () => startRealServer(server) } : {}) };

for (const [name, start] of Object.entries(engines)) {
  let cluster;
  const names = async (info, list) => Object.keys((await cluster.query(info))[list]);
  const spooky = (ns, db, ...flags) => promisify(execFile)(binary('spooky'), ['schema', ...flags, '--db-url',
    `${cluster.surrealdb.addr}/rpc`, '--ns', ns, '--db', db, '--user', 'root', '--pass', 'root']);

  test(`${name}: a misspelt name`, async (t) => {
    cluster = await Cluster.open('misspelt', start);
    t.after(() => cluster.stop());

    await t.test('a process says what is wrong, and how to mend it, and makes nothing', async () => {
      cluster.addScheduler({ SPOOKY_SCHEDULER_DB_NAMESPACE: 'spookey_test' }).catch(() => {});
      await eventually(async () => {
        const { json } = await get(`${cluster.scheduler.url}/health`);
        assert.match(JSON.stringify(json), /the namespace \\"spookey_test\\" does not exist: mend db\.namespace/);
      });
      assert.ok(!(await names('INFO FOR ROOT', 'namespaces')).includes('spookey_test'));
      await cluster.scheduler.stop();
      await cluster.addSsp({ SURREALDB_DB: 'misspelt', SCHEDULER_URL: '' });
      await eventually(() => assert.match(cluster.ssps[0].tail, /the database "misspelt" does not exist: mend db\.database/));
      assert.ok(!(await names('INFO FOR NS', 'databases')).includes('misspelt'));
    });

    await t.test('the tool looks at none that is missing, and makes what is applied to', async () => {
      await assert.rejects(spooky(NAMESPACE, 'applied'), /the database "applied" does not exist/);
      await spooky('applied', 'applied', '--apply');
      assert.ok((await names('INFO FOR ROOT', 'namespaces')).includes('applied'));
    });

    await t.test('with db.create a process makes it', async () => {
      const [ssp] = cluster.ssps;
      Object.assign(ssp.env, { SURREALDB_DB: 'made', SPOOKY_SSP_DB_CREATE: 'true' });
      await ssp.restart();
      await eventually(async () => assert.equal((await get(`${ssp.url}/health`)).status, 200), 20_000);
      assert.ok((await names('INFO FOR NS', 'databases')).includes('made'));
    });
  });
}
