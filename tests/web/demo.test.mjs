// The demo's page: rows appear, change and vanish, while writes run and when an SSP dies.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Cluster, NAMESPACE } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { get } from '../harness/http.mjs';
import { Browser } from './browser.mjs';

const WITHIN_MS = 20_000;
let cluster;
let browser;

before(async () => {
  cluster = await Cluster.open('web_demo');
  await cluster.query('DEFINE TABLE note SCHEMALESS');
  await cluster.addScheduler({ SPOOKY_SCHEDULER_DEMO_PAGE: 'true' });
  await Promise.all([cluster.addSsp(), cluster.addSsp()]);
  await cluster.ready();
  await cluster.applySchema();
  browser = await Browser.open();
});
after(async () => {
  await browser?.close();
  await cluster.stop();
});

const page = (more = {}) => `${cluster.scheduler.url}/demo/index.html#${new URLSearchParams({ url: `ws://${cluster.surrealdb.addr}/rpc`, ns: NAMESPACE, db: cluster.database, user: 'root', pass: 'root', ...more })}`;
/** The texts in the cells of a pane, row by row. */
const rows = (pane) => browser.value(`[...document.querySelectorAll('.pane')[${pane}].querySelectorAll('tr')].slice(1).map((row) => [...row.children].map((cell) => cell.textContent))`);
const shows = (check) => eventually(async () => check(await rows(0), await rows(1)), WITHIN_MS);

test('rows appear, change and vanish in both panes', async () => {
  await browser.goTo(page());
  await eventually(async () => assert.equal(await browser.value("document.querySelector('#state').textContent"), 'connected'), WITHIN_MS);
  await cluster.query("CREATE note:1 SET text = 'first', topic = 'soup', size = 3, at = d'2026-01-01T00:00:00Z'; CREATE note:2 SET text = 'second', topic = 'rain', size = 4, at = d'2026-01-02T00:00:00Z'");
  await shows((newest, topics) => {
    assert.deepEqual(newest.map((row) => row.includes('first') || row.includes('second')), [true, true]);
    assert.deepEqual(topics.map((row) => row.slice().sort()), [['1', '3', 'soup'], ['1', '4', 'rain']].map((row) => row.sort()).sort((a, b) => (topics[0].includes('soup') ? 0 : -1)));
  });
  await cluster.query("UPDATE note:1 SET text = 'changed', size = 30");
  await shows((newest, topics) => {
    assert.ok(newest.some((row) => row.includes('changed')) && !newest.some((row) => row.includes('first')));
    assert.ok(topics.some((row) => row.includes('30')));
  });
  await cluster.query('DELETE note:2');
  await shows((newest, topics) => {
    assert.equal(newest.length, 1);
    assert.equal(topics.length, 1);
  });
  await browser.picture('demo');
});

test('writes of its own are counted, and how soon they are seen', async () => {
  await browser.value("document.querySelector('#rate').value = 50, document.querySelector('#writing').click()");
  await eventually(async () => assert.ok(Number(await browser.value("document.querySelector('#written').textContent")) > 30), WITHIN_MS);
  await browser.value("document.querySelector('#writing').click()");
  assert.match(await browser.value("document.querySelector('#median').textContent"), /^\d+\.\d ms$/);
  await shows(async (newest) => assert.equal(newest.length, 8));
  const counted = (await rows(1)).reduce((sum, row) => sum + Math.max(...row.filter((cell) => /^\d+$/.test(cell)).map(Number).slice(0, 1)), 0);
  assert.ok(counted > 0);
  await browser.picture('demo-writing');
});

test('it goes on when the SSP that has the views dies', async () => {
  const [owner] = cluster.ssps;
  await owner.kill();
  await cluster.query("CREATE note:after SET text = 'after its death', topic = 'cats', size = 1, at = time::now()");
  await eventually(async () => assert.ok((await rows(0)).some((row) => row.includes('after its death'))), 60_000);
  await cluster.query('DELETE note');
  await eventually(async () => { assert.deepEqual(await rows(0), []); assert.deepEqual(await rows(1), []); }, 60_000);
});

test('a query that fails, and a database that is not there, are said', async () => {
  await browser.value("document.querySelector('textarea').value = 'SELEC nothing'; document.querySelector('.pane form button').click()");
  await eventually(async () => assert.match(await browser.value("document.querySelector('.what.trouble')?.textContent ?? ''"), /PARSE_ERROR/), WITHIN_MS);
  await browser.goTo('about:blank');
  await browser.goTo(page({ url: 'ws://127.0.0.1:1/rpc' }));
  await eventually(async () => assert.match(await browser.value("document.querySelector('#state').textContent"), /cannot be reached/), WITHIN_MS);
  assert.ok(!(await browser.value('location.href')).includes('pass='));
});

test('without the setting no page is served, and none but these', async () => {
  const { status, headers } = await get(`${cluster.scheduler.url}/demo/demo.js`);
  assert.equal(status, 200);
  assert.match(headers['content-security-policy'], /default-src 'self'/);
  for (const path of ['/demo/other.js', '/demo/client/README.md', '/demo/..%2fREADME.md']) assert.notEqual((await get(cluster.scheduler.url + path)).status, 200, path);
  await cluster.scheduler.stop();
  await cluster.addScheduler();
  assert.equal((await get(`${cluster.scheduler.url}/demo/index.html`)).status, 404);
});
