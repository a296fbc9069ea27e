import assert from 'node:assert/strict';
import { test } from 'node:test';
import { composesNothing, statementProblems } from './statements.mjs';
import { textOf, trackedFiles } from './tracked.mjs';

test('statements for the database are written in intents/ and nowhere else', () => {
  const files = trackedFiles().filter(composesNothing);
  assert.ok(files.length > 100);
  assert.deepEqual(files.flatMap((path) => statementProblems(path, textOf(path))), []);
});

const REFUSED = [
  'query("SELECT * FROM " + table);',
  'query("LIVE SELECT VALUE id FROM " + table);',
  'query("  UPDATE $in SET a = 1");',
  'auto text = "INFO FOR DB";',
  'auto text = "SHOW CHANGES FOR DATABASE SINCE " + since;',
  'auto text = "DELETE $ids";',
  'auto text = "BEGIN;\\n";',
  'auto text = "DELETE " + edges;',
  'auto text = "a; DELETE $ids";',
  'auto text = "RETURN time::now()";',
  'auto text = "\\nLET $a = 1;";',
  'warn("run: ALTER TABLE " + table);',
  'auto text = R"surql({\n  LET $row = SELECT * FROM ONLY $job;\n})surql";',
];

for (const line of REFUSED) {
  test(`refused: ${line}`, () => {
    const [problem, ...more] = statementProblems('actors/ssp/edge_writer.cpp', `#pragma once\n${line}\n`);
    assert.match(problem ?? 'nothing was found', /^actors\/ssp\/edge_writer\.cpp:2: writes SurrealQL/);
    assert.deepEqual(more, []);
  });
}

const ACCEPTED = [
  'fail(errc::invalid_argument, "must be a string with a SELECT statement");',
  'warn("no LIVE query on table {}", table);',
  'static constexpr const char* actions[] = {"CREATE", "UPDATE", "DELETE", "KILLED"};',
  '// asks "SELECT * FROM t" of the database',
  '/* "DELETE $ids" */',
  "const char quote = '\"'; auto what = select(\"x\");",
  'http("DELETE");',
  'say("not captured: SurrealDB reports no changes of a table defined AS SELECT");',
];

for (const line of ACCEPTED) {
  test(`accepted: ${line}`, () => assert.deepEqual(statementProblems('actors/a.cpp', line), []));
}

test('it looks at every source that ships, but where statements stand', () => {
  for (const path of ['actors/capture/cloner.cpp', 'main/schema_command.cpp', 'surrealql/database/change.cpp', 'new/a.hpp'])
    assert.ok(composesNothing(path), path);
  for (const path of ['intents/capture/tables.cpp', 'surrealql/syntax/print.cpp', 'tests/unit/net/a.cpp', 'README.md'])
    assert.ok(!composesNothing(path), path);
});
