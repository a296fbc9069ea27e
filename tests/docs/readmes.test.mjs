// Folders' READMEs name only what is there.
import assert from 'node:assert/strict';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { textOf, trackedFiles } from '../structure/tracked.mjs';

const file = /^[\w./-]+\.(hpp|cpp|mjs|sh|md|yml|yaml|surql|js|html)$/;

/** Names of files in backticks; what is fenced off is an example. */
function filesNamed(text) {
  const spans = [...text.replace(/^ *```[\s\S]*?^ *```$/gm, '').matchAll(/`([^`\n]+)`/g)];
  return spans.map(([, span]) => span).filter((span) => file.test(span));
}

/** Of the files that a README names, those that are neither below its folder, whatever the rest of their path, nor below the root. */
function missing(readme, text, files) {
  const folder = dirname(readme) === '.' ? '' : `${dirname(readme)}/`;
  const below = files.filter((path) => path.startsWith(folder));
  const there = (name) => files.includes(name) || files.includes(join(folder, name)) || below.some((path) => path.endsWith(`/${name}`));
  return filesNamed(text).filter((name) => !there(name));
}

test('a README that names a file which is gone is found out', () => {
  const files = ['a/README.md', 'a/b/here.hpp', 'c/else.hpp'];
  assert.deepEqual(missing('a/README.md', '`here.hpp`, `b/here.hpp`, `c/else.hpp`, `../c/else.hpp`, `here`, `x::y`', files), []);
  assert.deepEqual(missing('a/README.md', '`else.hpp` and `gone.cpp`', files), ['else.hpp', 'gone.cpp']);
});

test('every README names only files that are there', () => {
  const files = trackedFiles();
  const readmes = files.filter((path) => basename(path) === 'README.md');
  assert.ok(readmes.length > 20);
  assert.deepEqual(readmes.flatMap((path) => missing(path, textOf(path), files).map((name) => `${path}: ${name}`)), []);
});
