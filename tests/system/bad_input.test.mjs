// Whatever is sent, an endpoint answers with the contract's error, and nothing has changed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Cluster } from '../harness/cluster.mjs';
import { get, post, send } from '../harness/http.mjs';

const HUGE = Buffer.alloc(100 << 20, 'x');
const BATCH_CHANGES = 50;
const PARSE_DEPTH = 20;
const QUERY_BYTES = 2048;
const limits = (process) => ({
  [`SPOOKY_${process}_LIMITS_BATCH_CHANGES`]: `${BATCH_CHANGES}`,
  [`SPOOKY_${process}_LIMITS_PARSE_DEPTH`]: `${PARSE_DEPTH}`,
  [`SPOOKY_${process}_LIMITS_QUERY_BYTES`]: `${QUERY_BYTES}`,
});
let cluster;

before(async () => {
  cluster = await Cluster.open('bad_input');
  await cluster.query('DEFINE TABLE note; CREATE note:1 SET n = 1;');
  await cluster.addScheduler({ SPOOKY_SCHEDULER_JOB_TABLES: 'job', ...limits('SCHEDULER') });
  await cluster.addSsp({ SPOOKY_SSP_JOB_TABLES: 'job', ...limits('SSP') });
  await cluster.ready();
});
after(() => cluster.stop());

const view = { id: '_spooky_query:bad', surql: 'SELECT * FROM note', clientId: 'c', ttl: '10m' };
const event = { table: 'note', op: 'CREATE', id: 'note:9', record: { id: 'note:9' } };
const without = (object, field) => Object.fromEntries(Object.entries(object).filter(([name]) => name !== field));

const nested = (levels) => `SELECT * FROM note WHERE ${'('.repeat(levels)}true${')'.repeat(levels)}`;
const TOO_DEEP = nested(PARSE_DEPTH + 1);
const TOO_LONG = `SELECT * FROM note WHERE text = '${'x'.repeat(QUERY_BYTES)}'`;
const TOO_MANY = JSON.stringify(Array(BATCH_CHANGES + 1).fill(event));

const MALFORMED = [
  ['broken JSON', '{"table": "note", '],
  ['no body', ''],
  ['a list', []],
  ['a number', '7'],
  ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00])],
];

const INGEST = [
  ...MALFORMED,
  ['no table', without(event, 'table')],
  ['no op', without(event, 'op')],
  ['no id', without(event, 'id')],
  ['an empty id', { ...event, id: '' }],
  ['a table that is no text', { ...event, table: 7 }],
  ['an unknown op', { ...event, op: 'MERGE' }, 400, /MERGE/],
  ['the id of another table', { ...event, id: 'user:1' }, 400, /user:1/],
  ['a record that is no object', { ...event, record: 'text' }],
  ['a create without record', without(event, 'record')],
];

const VIEW = [
  ...MALFORMED,
  ['no id', without(view, 'id')],
  ['no query', without(view, 'surql')],
  ['a query that is no text', { ...view, surql: 5 }],
  ['a syntax error', { ...view, surql: 'SELECT * FRM note' }, 400, /1:10|line 1|column 10/i],
  ['a query nested too deep', { ...view, surql: TOO_DEEP }, 413, /20 levels/],
  ['a query that is too long', { ...view, surql: TOO_LONG }, 413, /at most 2048/],
  ['a write', { ...view, surql: 'DELETE note' }],
  ['a query without a stable answer', { ...view, surql: 'SELECT rand() AS r FROM note' }, 400, /rand/],
  ['params that are no object', { ...view, params: [1] }],
  ['a time to live that is none', { ...view, ttl: 'soon' }, 400, /ttl/i],
];

const BATCH = [
  ['broken JSON', '{"table":\n'],
  ['an unknown op', JSON.stringify({ ...event, op: 'X' }), 400, /line 1/i],
  ['an unknown op in an array', [event, { ...event, op: 'X' }], 400, /element 2/i],
  ['too many changes', TOO_MANY, 413, /51 changes; limits\.batch_changes is 50/],
];

const DISPATCH = [
  ...MALFORMED,
  ['no job', { table: 'job' }],
  ['no table', { job_id: 'job:1', payload: {} }],
  ['an unknown table', { job_id: 'x:1', table: 'x', payload: {} }, 400, /outbox/],
  ['a record of another table', { job_id: 'user:1', table: 'job', payload: {} }, 400, /user/],
  ['a range of records', { job_id: 'job:1..5', table: 'job', payload: {} }],
];

const SCHEDULER = {
  '/ingest': INGEST,
  '/ingest/batch': BATCH,
  '/view/register': VIEW,
  '/query/register': [
    ...MALFORMED,
    ['no query_id', { view_plan: view.surql }],
    ['no plan', { query_id: 'bad' }],
    ['a plan that is a number', { query_id: 'bad', view_plan: 5 }],
    ['a syntax error', { query_id: 'bad', view_plan: 'SELECT FROM' }],
  ],
  '/view/unregister': [...MALFORMED, ['no id', {}], ['an unknown id', { id: '_spooky_query:none' }, 404]],
  '/ssp/register': [
    ...MALFORMED,
    ['an empty id', { ssp_id: '', url: 'http://127.0.0.1:1' }],
    ['no url', { ssp_id: 'x' }],
    ['a bad url', { ssp_id: 'x', url: 'not a url' }, 400, /url/i],
  ],
  '/ssp/heartbeat': [...MALFORMED, ['an unknown SSP', { ssp_id: 'nobody', views: 0, cpu: 0, memory: 0 }, 404]],
  '/job/dispatch': DISPATCH,
  '/job/result': [
    ...MALFORMED,
    ['no job', { status: 'completed' }],
    ['no status', { job_id: 'job:1' }],
    ['an unknown status', { job_id: 'job:1', status: 'done' }, 400, /completed/],
    ['an unknown job', { job_id: 'job:none', status: 'completed' }, 404],
  ],
  '/proxy/query': [...MALFORMED, ['no query', {}], ['a syntax error', { query: 'SELECT * FRM note' }, 400, /1:10|line 1|column 10/i],
    ['a query nested too deep', { query: TOO_DEEP }, 413, /20 levels/], ['a query that is too long', { query: TOO_LONG }, 413, /at most 2048/]],
};

const SSP = {
  '/ingest': INGEST,
  '/ingest/batch': BATCH,
  '/view/register': VIEW,
  '/view/unregister': [...MALFORMED, ['no id', {}], ['an unknown id', { id: '_spooky_query:none' }, 404]],
  '/view/heartbeat': [...MALFORMED, ['an unknown id', { id: '_spooky_query:none' }, 404]],
  '/job/dispatch': DISPATCH,
  '/log': [...MALFORMED, ['no message', {}]],
};

/** What must not move, whatever was refused. */
async function state() {
  const { json: health } = await get(`${cluster.scheduler.url}/health`);
  const { json: metrics } = await get(`${cluster.scheduler.url}/metrics`);
  const { json: info } = await get(`${cluster.ssps[0].url}/info`);
  return {
    seq: health.seq,
    ssps: metrics.scheduler.total_ssps,
    queries: metrics.scheduler.total_queries,
    views: info[0].views,
    rows: await cluster.replica('SELECT * FROM note'),
  };
}

function refused({ status, json, headers, text }, expected, message) {
  assert.equal(status, expected, text);
  assert.match(json?.code ?? `no code in ${text}`, /^[A-Z][A-Z0-9_]+$/);
  assert.ok(json.message.length > 5, text);
  if (message) assert.match(json.message, message);
  assert.ok(headers['x-request-id'], 'X-Request-Id is missing');
}

function refuses(name, urlOf, endpoints) {
  for (const [path, cases] of Object.entries(endpoints)) {
    test(`${name} ${path} refuses what is wrong and stays as it was`, async (t) => {
      const before = await state();
      for (const [what, body, status = 400, message] of cases) {
        await t.test(what, async () => refused(await post(urlOf() + path, body), status, message));
      }
      assert.deepEqual(await state(), before);
    });
  }

  for (const path of ['/ingest', '/view/register']) {
    test(`${name} ${path} refuses 100 MB and goes on`, async () => {
      const before = await state();
      refused(await post(urlOf() + path, HUGE), 413);
      assert.deepEqual(await state(), before);
    });
  }

  test(`${name} refuses a path and a method it does not have`, async () => {
    refused(await get(`${urlOf()}/nothing/here`), 404);
    refused(await send('DELETE', `${urlOf()}/ingest`), 405);
  });
}

refuses('scheduler', () => cluster.scheduler.url, SCHEDULER);
refuses('ssp', () => cluster.ssps[0].url, SSP);
