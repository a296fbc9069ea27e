// ./run demo [--once]: the whole system on a real database, written to by an ordinary client.
// With --once it ends with 0 if after every write each view's edges equal SurrealDB's own answer. The page that it names is the scheduler's.
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Cluster, NAMESPACE } from '../harness/cluster.mjs';
import { FIRST_RECORDS, FORUM, VIEWS } from '../system/forum.mjs';
import { bold, dim, edgeList, green, line, red, row, statement, title } from './terminal.mjs';
import { WatchedView } from './watched_view.mjs';
import { WRITES } from './writes.mjs';

const LOOK_EVERY_MS = 300;
/** What the page writes and follows. */
const NOTES = 'DEFINE TABLE note SCHEMALESS;';

const { values: options } = parseArgs({ options: { once: { type: 'boolean', default: false } } });

async function startEverything() {
  title('Starting');
  const cluster = await Cluster.open('demo');
  row('SurrealDB', cluster.surrealdb.addr, dim(`${(await cluster.db.version()).version}, database ${cluster.database}`));
  await cluster.query(FORUM + FIRST_RECORDS + NOTES);
  row('application schema', 'user, thread, comment', dim('with a few records'));
  row('scheduler', (await cluster.addScheduler({ SPOOKY_SCHEDULER_DEMO_PAGE: 'true' })).url);
  for (const ssp of await Promise.all([cluster.addSsp(), cluster.addSsp()])) row(ssp.name, ssp.url);
  await cluster.ready();
  await cluster.applySchema();
  row('spooky schema --apply', 'system tables, fn::query::register');
  return cluster;
}

async function registerViews(cluster) {
  title('Views, registered by a client through fn::query::register');
  const views = Object.entries(VIEWS).map(([name, [surql, params]]) => new WatchedView(cluster.db, name, surql, params));
  for (const view of views) {
    await view.register();
    row(view.name, edgeList(view.edges));
    line(`  ${' '.repeat(24)} ${dim(view.surql)}`);
  }
  return views;
}

async function writeAndFollow(cluster, views) {
  title('Writes of the client, and the edges that follow');
  const delays = [];
  for (const { surql, touches } of WRITES) {
    await cluster.query(surql);
    const committed = performance.now();
    const changes = await Promise.all(views.map((view) => view.follow(touches)));
    delays.push(performance.now() - committed);
    statement(surql, `${delays.at(-1).toFixed(0)} ms`);
    for (const [at, change] of changes.entries()) {
      if (change.length > 0) row(views[at].name, change.join(', '));
    }
  }
  delays.sort((a, b) => a - b);
  line(`\n${green('✔')} after each of ${WRITES.length} writes all ${views.length} views equalled SurrealDB's own answers; `
    + `median ${delays[delays.length >> 1].toFixed(0)} ms from commit to edges, as polled`);
}

function printWhatToTry(cluster) {
  const database = `-u root:root -H 'surreal-ns: spooky_test' -H 'surreal-db: ${cluster.database}'`;
  title('Still running. In a browser, see two queries while writes run');
  const place = new URLSearchParams({ url: `ws://${cluster.surrealdb.addr}/rpc`, ns: NAMESPACE, db: cluster.database, user: 'root', pass: 'root' });
  line(`  ${cluster.scheduler.url}/demo/index.html#${place}`);
  title('Or, in another terminal, try');
  line(`  curl ${database} -H 'accept: application/json' \\
    http://${cluster.surrealdb.addr}/sql -d "CREATE thread SET title = 'Mine', author = user:ann"`);
  line(`  curl ${cluster.scheduler.url}/metrics`);
  line(`  curl ${cluster.ssps[0].url}/debug/deps`);
  line(`  kill -9 ${cluster.ssps[0].pid}   ${dim('# ssp-1 dies; its views move')}`);
  line(dim(`  logs: ${cluster.logs}   Ctrl-C ends everything`));
}

/** Prints what changes in the views until `signal` is aborted. */
async function watch(views, signal) {
  title('Edges as they change');
  while (!signal.aborted) {
    for (const view of views) {
      const change = await view.look();
      if (change.length > 0) row(view.name, change.join(', '));
    }
    await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}

async function main() {
  line(bold('Spooky: live views on SurrealDB'));
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => interrupted.abort());
  let cluster;
  try {
    cluster = await startEverything();
    const views = await registerViews(cluster);
    await writeAndFollow(cluster, views);
    if (options.once) return;
    printWhatToTry(cluster);
    await watch(views, interrupted.signal);
  } catch (failure) {
    line(`\n${red('✘')} ${failure.message}`);
    if (cluster) line(dim(`  logs: ${cluster.logs}`));
    process.exitCode = 1;
  } finally {
    await cluster?.stop().catch((failure) => { line(red(failure.message)); process.exitCode = 1; });
  }
}

await main();
process.exit();
