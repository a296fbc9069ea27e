// The recipes of CONTRIBUTING.md as data. A recipe is a `###` section of "Recipes"; each item of its numbered list begins
// with the file it is about, in backticks, and may hold code blocks: what to write there. A block's fence says in front of which
// text it goes: ```cpp before="row(\"string::split\""; one that says `at="end"` goes to the end.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const fence = /^ *```\S*(?: (before|at)="((?:[^"\\]|\\.)*)")?\n([\s\S]*?)^ *```$/gm;

/** `{title, steps: [{file, blocks: [{where, anchor, code}]}]}` for each recipe. */
export function recipesOf(text) {
  const recipes = text.split(/^## /m).find((part) => part.startsWith('Recipes'));
  return recipes.split(/^### /m).slice(1).map((section) => {
    const [title] = section.split('\n');
    const items = section.split(/^\d+\. /m).slice(1);
    return { title, steps: items.filter((item) => item.startsWith('`')).map(stepOf) };
  });
}

function stepOf(item) {
  const [, file] = /^`([^`]+)`/.exec(item);
  const blocks = [...item.matchAll(fence)].filter(([, where]) => where).map(([, where, anchor, code]) => (
    { where, anchor: anchor.replace(/\\(.)/g, '$1'), code: unindented(code) }));
  return { file, blocks };
}

/** A list item's code stands as deep as the item's text. */
const unindented = (code) => code.replace(/^ {3}/gm, '');

/** Everything in backticks that looks like a path of the tree: no blanks, no placeholders, a slash or an extension we use. */
export function pathsIn(text) {
  const spans = [...text.replace(/^ *```[\s\S]*?^ *```$/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, span]) => span);
  return [...new Set(spans.filter((span) => /^[\w.-]+(\/[\w.*{},-]*)+$|^[A-Za-z_]+\.(md|txt|hpp|json)$/.test(span)))];
}

export const document = (root) => readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
