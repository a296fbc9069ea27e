import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileProblems, LONGEST_SOURCE } from './files.mjs';
import { textOf, trackedFiles } from './tracked.mjs';

const files = trackedFiles();

test('sources stay small, and no file carries paths of a machine or download addresses', () => {
  const problems = files.flatMap((path) => {
    const text = textOf(path);
    return text === undefined ? [] : fileProblems(path, text);
  });
  assert.deepEqual(problems, []);
});

test('each folder of the design says what lives there', () => {
  const folders = new Set(files.filter((path) => /\.(cpp|hpp|mjs)$/.test(path)).map((path) => path.split('/')[0]));
  const silent = [...folders].filter((folder) => !files.includes(`${folder}/README.md`));
  assert.deepEqual(silent, []);
});

test('each header is included once only', () => {
  const open = files.filter((path) => path.endsWith('.hpp') && !textOf(path).includes('#pragma once'));
  assert.deepEqual(open, []);
});

test('a long source is refused, a long document is not', () => {
  const text = 'x\n'.repeat(LONGEST_SOURCE + 1);
  assert.match(fileProblems('net/http.cpp', text)[0], /^net\/http.cpp: 601 lines/);
  assert.match(fileProblems('run', text)[0], /^run: 601 lines/);
  assert.deepEqual(fileProblems('net/http.cpp', 'x\n'.repeat(LONGEST_SOURCE)), []);
  assert.deepEqual(fileProblems('docs/protocol.md', text), []);
});

test('paths of a machine and download addresses are refused', () => {
  const path = ['', 'work', 'main'].join('/');
  assert.match(fileProblems('a.md', `one\ncd ${path}\n`)[0], /^a\.md:2: a path of one machine/);
  assert.match(fileProblems('a.json', `{"${'resolved'}": "x"}`)[0], /^a\.json:1: a download address/);
  assert.match(fileProblems('a.json', `https://${'registry'}.npmjs.org/x`)[0], /a download address/);
  assert.deepEqual(fileProblems('a.md', 'tests/work/x, $HOME/work, /tmp/data, https://example.org/home/page'), []);
});
