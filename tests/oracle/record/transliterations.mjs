// Makes the table of how ASCII spells all characters (surrealql/values/transliterations.inc):
//   SPOOKY_ENGINE=server node transliterations.mjs deunicode-1.6.2 > ../../../surrealql/values/transliterations.inc
// The spellings are those of the crate deunicode, with which SurrealDB compares texts; the argument is its folder, as cargo unpacks it.
// Which characters are letters or digits, the engine is asked.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cbor, done, openDatabase } from './engine.mjs';

const PAGE = 256;
// Spellings are in lower case; marked are letters and digits that have none or an empty one, and spellings of other characters.
const LETTER = 'L';
const NOTHING = 'N';
const SYMBOL = 'S';
const [folder] = process.argv.slice(2);
const mapping = readFileSync(join(folder, 'src/mapping.txt'), 'latin1');
const pointers = readFileSync(join(folder, 'src/pointers.bin'));

/** The crate's spelling; undefined where it has none. It packs three bytes for each character: two of text or a place, a length. */
function spelling(code) {
  const at = code * 3;
  if (at >= pointers.length) return undefined;
  const length = pointers[at + 2];
  if (length <= 2) return pointers.toString('latin1', at, at + length);
  const place = pointers.readUInt16LE(at);
  return place + length <= mapping.length ? mapping.slice(place, place + length) : undefined;
}

function cell(code, isLetter) {
  // White space is white space to whoever reads them.
  const spelled = spelling(code)?.toLowerCase().replace(/\s/g, ' ');
  if (!isLetter) return spelled === undefined ? '' : SYMBOL + spelled;
  return spelled === undefined ? LETTER : spelled || NOTHING;
}

const licence = readFileSync(join(folder, 'LICENSE'), 'utf8').trim().split('\n');
const comments = ['Spellings of the crate deunicode 1.6.2:', '', ...licence].map((line) => `# ${line}`.trimEnd());
const engine = await openDatabase();
const rows = [];
for (let page = 0; page < 0x110000 / PAGE; page++) {
  const codes = Array.from({ length: PAGE }, (_, i) => page * PAGE + i);
  const isAsked = (code) => code >= 0x80 && !(code >= 0xd800 && code <= 0xdfff);
  const texts = codes.map((code) => (isAsked(code) ? String.fromCodePoint(code) : ''));
  const { value, error } = await engine.ask('RETURN $texts.map(|$t| string::is_alphanum($t))', { texts });
  if (error) throw new Error(error);
  const alphanumeric = cbor.decode(value);
  const cells = codes.map((code, i) => (isAsked(code) ? cell(code, alphanumeric[i]) : ''));
  if (cells.some((each) => each)) rows.push(`${page.toString(16)}\t${cells.join('\t')}`.replace(/\t+$/, ''));
}
process.stdout.write(['R"table(', ...comments, ...rows, ')table"', ''].join('\n'));
await done();
