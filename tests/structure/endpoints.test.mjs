import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointProblems, endpointsOf } from './endpoints.mjs';
import { textOf } from './tracked.mjs';

const told = {
  tables: {
    scheduler: textOf('actors/front/scheduler_endpoints.cpp'),
    ssp: textOf('actors/front/ssp_endpoints.cpp'),
  },
  openapi: textOf('docs/openapi.yaml'),
  protocol: textOf('docs/protocol.md'),
};

test('the programs route what docs/openapi.yaml and docs/protocol.md tell, and nothing else', () => {
  assert.deepEqual(endpointProblems(told), []);
});

test('each table is read to its last row', () => {
  for (const text of Object.values(told.tables)) {
    const rows = endpointsOf(text);
    assert.equal(rows.length, text.split('\n').filter((line) => line.includes('access::')).length);
    assert.ok(rows.some(({ call, open }) => call === 'GET /version' && open));
  }
});

/** The same texts with one change; the change must be one. */
function changed(document, from, to) {
  const edit = (text) => {
    assert.ok(text.includes(from), `${from} is not in ${document}`);
    return text.replace(from, to);
  };
  const copy = { ...told, tables: { ...told.tables } };
  if (document in told.tables) copy.tables[document] = edit(told.tables[document]);
  else copy[document] = edit(told[document]);
  return copy;
}

const BREACHES = [
  ['a row without documents', 'scheduler',
    '      {{"GET", "/version"', '      {{"GET", "/new", access::node, body::none, within::request}, show_new},\n      {{"GET", "/version"',
    ['scheduler: GET /new is routed, and not in docs/openapi.yaml', 'scheduler: GET /new is routed, and not in docs/protocol.md']],
  ['documents without a row', 'ssp',
    '      {{"POST", "/log", access::node, body::value, within::request}, log_line},\n', '',
    ['ssp: POST /log is in docs/openapi.yaml, and not routed', 'ssp: POST /log is in docs/protocol.md, and not routed']],
  ['a path with another method', 'ssp', '{{"POST", "/reset"', '{{"PUT", "/reset"', [
    'ssp: PUT /reset is routed, and not in docs/openapi.yaml', 'ssp: POST /reset is in docs/openapi.yaml, and not routed',
    'ssp: PUT /reset is routed, and not in docs/protocol.md', 'ssp: POST /reset is in docs/protocol.md, and not routed']],
  ['a row twice', 'ssp', '      {{"GET", "/version"',
    '      {{"GET", "/info", access::open, body::none, within::request}, show_info},\n      {{"GET", "/version"',
    ['ssp: GET /info has two rows']],
  ['an operation nobody serves', 'openapi', '\n  /reset:\n', '\n  /dashboard:\n    get:\n      tags: [scheduler]\n  /reset:\n',
    ['scheduler: GET /dashboard is in docs/openapi.yaml, and not routed']],
  ['an operation under the wrong process', 'openapi', '  /reset:\n    post:\n      tags: [ssp]', '  /reset:\n    post:\n      tags: [scheduler]', [
    'scheduler: POST /reset is in docs/openapi.yaml, and not routed', 'ssp: POST /reset is routed, and not in docs/openapi.yaml']],
  ['a call in the prose that nobody serves', 'protocol', '| `POST /log` *fixed* |', '| `GET /dashboard` | | |\n| `POST /log` *fixed* |',
    ['ssp: GET /dashboard is in docs/protocol.md, and not routed']],
  ['a second call in one row of the prose', 'protocol', '| `POST /proxy/signin`, `/proxy/use` *fixed* |', '| `POST /proxy/signin` *fixed* |',
    ['scheduler: POST /proxy/use is routed, and not in docs/protocol.md']],
  ['an open endpoint that is documented as closed', 'openapi', '      operationId: metrics\n      security: []\n', '      operationId: metrics\n',
    ['GET /metrics: docs/openapi.yaml tells another need of the secret']],
  ['a closed endpoint that is documented as open', 'openapi', '      operationId: debugDeps\n', '      operationId: debugDeps\n      security: []\n',
    ['GET /debug/deps: docs/openapi.yaml tells another need of the secret']],
  ['an endpoint that the prose forgets to call open', 'protocol', ' and `/metrics/prometheus` needs', ' needs',
    ['docs/protocol.md: open are /health, /info, /metrics, /metrics/prometheus, /version']],
  ['a body that is not taken', 'openapi', '          application/x-ndjson:', '          text/csv:',
    ['POST /ingest/batch: docs/openapi.yaml accepts [application/cbor,application/json,application/vnd.spooky.log,text/csv]']],
];

for (const [what, document, from, to, problems] of BREACHES) {
  test(`refused: ${what}`, () => assert.deepEqual(endpointProblems(changed(document, from, to)), problems));
}

test('a row that cannot be read is refused, not passed over', () => {
  for (const odd of ['{{"GET", "/odd", access::open}, show},', '{{verb, "/odd", access::open, body::none, within::request}, show},']) {
    const text = told.tables.ssp.replace('      {{"GET", "/version"', `      ${odd}\n      {{"GET", "/version"`);
    assert.throws(() => endpointsOf(text), /cannot be read: \/odd/);
  }
  assert.throws(() => endpointsOf(told.tables.ssp.replace('body::none', 'body::xml')), /unknown body::xml/);
  assert.throws(() => endpointsOf(''), /cannot be read: all/);
});
