// `spooky explain` on the schema files of the tests, and on an application's own texts.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { binary } from '../harness/program.mjs';

const SCHEMAS = ['system_schema', 'system_schema_sync', 'table_events', 'table_events_sync'].map((name) => `tests/data/${name}.surql`);

async function explain(...args) {
  try {
    const { stdout } = await promisify(execFile)(binary('spooky'), ['explain', ...args]);
    return { status: 0, lines: stdout.trimEnd().split('\n'), complaint: '' };
  } catch ({ code, stdout, stderr }) {
    return { status: code, lines: stdout.trimEnd().split('\n'), complaint: stderr };
  }
}

function file(name, text) {
  const path = join(mkdtempSync(join(tmpdir(), 'spooky_explain_')), name);
  writeFileSync(path, text);
  return path;
}

test('each SELECT of a schema is listed with its line, and the sum is that of its parts', async () => {
  for (const schema of [...SCHEMAS, 'tests/data/forum.surql']) {
    const { lines } = await explain('--json', '--file', schema);
    const found = lines.map((line) => JSON.parse(line));
    const text = readFileSync(schema, 'utf8').split('\n');
    for (const { line, statement } of found) assert.ok(text[line - 1].includes(statement.split('\n')[0]), `${schema}:${line} ${statement}`);
    const { lines: listed } = await explain('--file', schema);
    const of = (way) => found.filter(({ kept }) => kept === way).length;
    assert.equal(listed.at(-1), `${found.length} SELECT${found.length === 1 ? '' : 's'}: ${of('incremental')} incremental, `
      + `${of('recomputed')} recomputed, ${of('asked')} asked, ${of('refused')} refused`);
  }
});

test('a schema with functions, events and permissions is told apart by how its SELECTs are kept', async () => {
  const { status, lines } = await explain('--file', 'tests/data/forum.surql');
  assert.equal(status, 2);
  assert.match(lines.at(-1), /^7 SELECTs: 5 incremental, 1 recomputed, 0 asked, 1 refused$/);
  assert.match(lines.find((line) => line.includes('refused')), /^tests\/data\/forum\.surql:\d+ {2}refused: line 1, column \d+: .*rand/);
});

test('queries are found in scripts, with their interpolations', async () => {
  const script = file('queries.ts', `
    // 'SELECT * FROM commented'
    const pattern = /it's/g;
    const own = await db.query(\`SELECT * FROM \${table} WHERE author = \${user.id ?? 'SELECT 1 FROM x'} ORDER BY at DESC\`);
    const prose = 'please select a file from the list';
    const open = "SELECT * FROM thread WHERE title = \\"a\\"";
    const several = \`
      LET $x = 1;
      SELECT count() FROM thread GROUP ALL;
    \`;`);
  const { status, lines } = await explain('--file', script);
  assert.equal(status, 0);
  assert.deepEqual(lines, [
    `${script}:4  incremental`, '    SELECT * FROM interpolated WHERE author = $interpolated ORDER BY at DESC',
    `${script}:6  incremental`, '    SELECT * FROM thread WHERE title = "a"',
    `${script}:9  incremental`, '    SELECT count() FROM thread GROUP ALL',
    '3 SELECTs: 3 incremental, 0 recomputed, 0 asked, 0 refused',
  ]);
});

test('one query is explained with its plan', async () => {
  const { status, lines } = await explain('--json', 'SELECT * FROM thread WHERE open = $open');
  assert.equal(status, 0);
  const { kept, plan } = JSON.parse(lines[0]);
  assert.equal(kept, 'incremental');
  assert.deepEqual(plan.tables, ['thread']);
});

test('what only SurrealDB can answer is asked of it, and says why', async () => {
  const script = file('search.ts', "const found = db.query('SELECT * FROM thread WHERE title @@ $words'); const prose = 'Select one of the words from @@ them all';");
  const { status, lines } = await explain('--file', script);
  assert.equal(status, 0);
  assert.match(lines[0], /:1 {2}asked: line 1, column \d+: full-text search/);
  assert.equal(lines.at(-1), '1 SELECT: 0 incremental, 0 recomputed, 1 asked, 0 refused');
  const { lines: told } = await explain('--json', 'SELECT * FROM thread WHERE title @@ $words');
  const { kept, plan } = JSON.parse(told[0]);
  assert.equal(kept, 'asked');
  assert.deepEqual([plan.tables, plan.any_table, plan.read], [['thread'], false, true]);
});

test('a file that cannot be read is named, and nothing is an error of use', async () => {
  const { status, complaint } = await explain('--file', '/nowhere/at.surql');
  assert.equal(status, 1);
  assert.match(complaint, /\/nowhere\/at\.surql cannot be read/);
  assert.notEqual((await explain()).status, 0);
});
