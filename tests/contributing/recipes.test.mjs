// Follows recipes of CONTRIBUTING.md on a copy of the tree, with the document's own code.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { buildLibraries, Copy, root } from './copy.mjs';
import { document, pathsIn, recipesOf } from './document.mjs';

const text = document(root);
const recipes = recipesOf(text);
const recipe = (title) => recipes.find((one) => one.title === title) ?? assert.fail(`no recipe "${title}"`);

/** Follows a recipe on a fresh copy, which ends with the test. */
function followed(t, title) {
  const copy = new Copy();
  t.after(() => copy.remove());
  const { steps } = recipe(title);
  for (const step of steps) copy.follow(step);
  return { copy, files: [...new Set(steps.map(({ file }) => file))].sort() };
}

test('every file and folder that CONTRIBUTING.md names is there', () => {
  const paths = pathsIn(text);
  assert.ok(paths.length > 40, `only ${paths.length} paths found`);
  const braces = (path) => {
    const [whole, list] = /\{([^}]+)\}/.exec(path) ?? [];
    return whole ? list.split(',').map((one) => path.replace(whole, one)) : [path];
  };
  assert.deepEqual(paths.flatMap(braces).filter((path) => !path.includes('*') && !existsSync(join(root, path))), []);
});

test('each kind of addition has a recipe with its files', () => {
  const wanted = ['A SurrealQL function', 'A metric', 'A setting', 'An endpoint', 'A capture source', 'An operator of SurrealQL', 'An operator of the view engine', 'A test'];
  assert.deepEqual(wanted.filter((title) => !recipes.some((one) => one.title === title && one.steps.length > 0)), []);
});

test('a SurrealQL function', { timeout: 600_000 }, async (t) => {
  buildLibraries('surrealql');
  const { copy, files } = followed(t, 'A SurrealQL function');
  const [library, tests] = ['surrealql/functions/string.cpp', 'tests/unit/surrealql/functions/functions_test.cpp'];
  copy.compile(tests);
  const without = copy.link('unit_surrealql', [tests], []);
  const only = ['-tc=string functions*'];
  assert.match(without(only).output, /string::shout\('héllo'\)/, 'the function is not asked for');
  assert.ok(!without(only).passes, 'passes without the function');
  copy.compile(library);
  const withIt = copy.link('unit_surrealql', [tests], [library]);
  const { passes, output } = withIt(['-tc=string functions*,the table is sorted*']);
  assert.ok(passes, output);
  const { functions } = await import(pathToFileURL(join(copy.tree, 'tests/oracle/generate/functions.mjs')));
  assert.ok(functions.some(({ name }) => name === 'string::shout'), 'the oracle does not ask for it');
  assert.deepEqual(copy.touched(), files);
});

test('a metric', { timeout: 600_000 }, (t) => {
  buildLibraries('actors');
  const { copy, files } = followed(t, 'A metric');
  const [table, tests] = ['actors/front/metrics.cpp', 'tests/unit/actors/front/metrics_test.cpp'];
  copy.compile(tests);
  assert.ok(!copy.link('unit_actors', [tests], [])([]).passes, 'passes without the metric');
  copy.compile(table);
  const withIt = copy.link('unit_actors', [tests], [table]);
  assert.match(withIt([]).output, /SPOOKY_UPDATE_EXPECTED=1/, 'passes without its line in the documents');
  withIt(['-tc=docs/operations.md lists*'], { SPOOKY_UPDATE_EXPECTED: '1' });
  const { passes, output } = withIt([]);
  assert.ok(passes, output);
  assert.deepEqual(copy.touched(), files);
});

test('the test sees a file that a recipe does not name, and an anchor that is gone', (t) => {
  const copy = new Copy();
  t.after(() => copy.remove());
  assert.deepEqual(copy.touched(), []);
  copy.follow({ file: 'README.md', blocks: [{ where: 'at', anchor: 'end', code: 'x\n' }] });
  assert.deepEqual(copy.touched(), ['README.md']);
  assert.throws(() => copy.follow({ file: 'README.md', blocks: [{ where: 'before', anchor: 'no such line', code: 'x\n' }] }), /stands in 0 lines/);
});
