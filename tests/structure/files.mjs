// What every tracked file must keep to: a size a reader can hold, and nothing of one machine in it.
import { place } from './tracked.mjs';

export const LONGEST_SOURCE = 600;
const SOURCE = /\.(cpp|hpp|mjs|js|ts|sh)$|^(run|\.ci\/run)$/;

// Written in parts, so that this file does not accuse itself.
const FOLDERS = ['work', 'farm', 'root', 'home', 'Users'].join('|');
const UNWANTED = [
  { what: 'a path of one machine', pattern: new RegExp(`(?<![\\w.~$}*-])/(?:${FOLDERS})/[\\w.]`, 'g') },
  { what: 'a download address', pattern: new RegExp(`"${'resolved'}" *:|//${'registry'}\\.`, 'g') },
];

/** What is wrong with the file, as lines that name the place. */
export function fileProblems(path, text) {
  const problems = [];
  const lines = text.split('\n').length - 1;
  if (SOURCE.test(path) && lines > LONGEST_SOURCE) {
    problems.push(`${path}: ${lines} lines; over ${LONGEST_SOURCE} it has more than one subject`);
  }
  for (const { what, pattern } of UNWANTED) {
    for (const match of text.matchAll(pattern)) {
      problems.push(`${place(path, text, match.index)}: ${what}: ${match[0]}`);
    }
  }
  return problems;
}
