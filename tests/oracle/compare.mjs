// When do two answers to one query agree?
import { toSurqlString } from 'surrealdb';
import { cbor } from '../surrealdb/cbor_frame.mjs';
import { isFault } from './engines/faults.mjs';
import { NO_ANSWER } from './engines/server.mjs';

/**
 * Whether the engine may fail over rows we need not look at: it evaluates a WHERE in batches of rows,
 * also behind those that a LIMIT keeps.
 */
const readsAhead = (query) => / LIMIT /.test(query);

/** Plain fields, and some conditions, of a list of ids fail so in the engine (notes, section 6.4). */
const sourceBug = 'Specify a database to use';

/**
 * 'equal', 'both fail', 'refused' (we say so instead of answering) or the kind of difference. Values
 * agree if their CBOR is the same byte for byte: order, types and precision included.
 */
function verdict(theirs, ours, query, version) {
  const kind = comparison(theirs, ours, query);
  return isFault(kind, query, version) ? 'a fault of this version' : kind;
}

/** How often the engine is asked again where values differ. */
const CHANCES = 5;

/**
 * The verdict on what `ask` gives, and that answer. The engine hashes anew at each call, and equal numbers of two types have two
 * hashes, which meet by chance (array::distinct([0.1, 0.1dec]) has one item once in 128 times): where values differ it is asked
 * again, and what it answers at another time is an answer too.
 */
export async function judge(ask, ours, query, version) {
  const theirs = await ask();
  const kind = verdict(theirs, ours, query, version);
  if (kind !== 'values differ') return { kind, theirs };
  for (let i = 0; i < CHANCES; i++)
    if (agrees(verdict(await ask(), ours, query, version))) return { kind: 'equal by chance', theirs };
  return { kind, theirs };
}

function comparison(theirs, ours, query) {
  if (ours.error === 'EXCEPTION') return 'we threw';
  if (theirs.error === NO_ANSWER) return 'no answer';
  if (theirs.error !== undefined && ours.error !== undefined) return 'both fail';
  if (ours.error === 'UNSUPPORTED') return 'refused';
  if (theirs.error?.startsWith(sourceBug)) return 'their error';
  if (theirs.error !== undefined) return readsAhead(query) ? 'they fail behind a LIMIT' : 'only they fail';
  if (ours.error !== undefined) return 'only we fail';
  if (theirs.ok === ours.ok || positiveZero(theirs.ok) === ours.ok) return 'equal';
  if (approximate.test(query) && near(decoded(theirs.ok), decoded(ours.ok))) return 'equal but for rounding';
  return 'values differ';
}

/** Functions whose last binary digits depend on the order of the operations in a long formula. */
const approximate = /geo::|bearing|distance|area|centroid/;

const decoded = (hex) => cbor.decode(Buffer.from(hex, 'hex'));

function near(a, b) {
  if (typeof a === 'number' && typeof b === 'number') return a === b || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
  if (a === null || typeof a !== 'object' || typeof b !== 'object' || b === null) return a === b;
  if (a.constructor !== Object && !Array.isArray(a)) return toSurqlString(a) === toSurqlString(b);
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => near(a[name], b[name]));
}

/** The engine's decimals keep the sign of a zero that came from a float; nothing else can tell. */
const positiveZero = (hex) => hex.replaceAll('ca622d30', 'ca6130').replaceAll('ca642d302e30', 'ca63302e30');

export const agrees = (kind) => ['equal', 'equal by chance', 'equal but for rounding', 'both fail', 'refused', 'they fail behind a LIMIT', 'their error', 'no answer', 'a fault of this version'].includes(kind);
