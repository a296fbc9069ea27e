// How the demo looks. Colours only where a person reads along.
const coloured = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code) => (text) => (coloured ? `\x1b[${code}m${text}\x1b[0m` : text);

export const bold = paint('1');
export const dim = paint('2');
export const red = paint('31');
export const green = paint('32');
export const yellow = paint('33');
export const cyan = paint('36');

const LABEL_WIDTH = 24;

export const line = (text = '') => console.log(text);
export const title = (text) => line(`\n${bold(text)}`);
export const row = (label, ...columns) => line(`  ${label.padEnd(LABEL_WIDTH)} ${columns.join('  ')}`);

/** A statement a client sends. */
export const statement = (text, after = '') => line(`\n${cyan('▸')} ${text}  ${dim(after)}`);

const edge = ({ out, version }) => `${out} ${dim(`v${version}`)}`;

export const edgeList = (edges) => (edges.length ? edges.map(edge).join(', ') : dim('(empty)'));

/** What became different between two edge sets, in a word per edge; empty where nothing did. */
export function difference(before, after) {
  const known = new Map(before.map(({ out, version }) => [out, version]));
  const stays = new Set(after.map(({ out }) => out));
  return [
    ...after.filter(({ out }) => !known.has(out)).map((added) => green(`+ ${edge(added)}`)),
    ...after.filter(({ out, version }) => known.has(out) && known.get(out) !== version)
      .map((changed) => yellow(`~ ${edge(changed)}`)),
    ...before.filter(({ out }) => !stays.has(out)).map(({ out }) => red(`- ${out}`)),
  ];
}
