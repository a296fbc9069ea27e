// When do two answers to one query agree?

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
export function verdict(theirs, ours, query) {
  if (ours.error === 'EXCEPTION') return 'we threw';
  if (theirs.error !== undefined && ours.error !== undefined) return 'both fail';
  if (ours.error === 'UNSUPPORTED') return 'refused';
  if (theirs.error?.startsWith(sourceBug)) return 'their error';
  if (theirs.error !== undefined) return readsAhead(query) ? 'they fail behind a LIMIT' : 'only they fail';
  if (ours.error !== undefined) return 'only we fail';
  return theirs.ok === ours.ok || positiveZero(theirs.ok) === ours.ok ? 'equal' : 'values differ';
}

/** The engine's decimals keep the sign of a zero that came from a float; nothing else can tell. */
const positiveZero = (hex) => hex.replaceAll('ca622d30', 'ca6130').replaceAll('ca642d302e30', 'ca63302e30');

export const agrees = (kind) => ['equal', 'both fail', 'refused', 'they fail behind a LIMIT', 'their error'].includes(kind);
