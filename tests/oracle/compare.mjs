// When do two answers to one query agree?

/**
 * 'equal', 'both fail', 'refused' (we say so instead of answering) or the kind of difference. Values
 * agree if their CBOR is the same byte for byte: order, types and precision included.
 */
export function verdict(theirs, ours) {
  if (ours.error === 'EXCEPTION') return 'we threw';
  if (theirs.error !== undefined && ours.error !== undefined) return 'both fail';
  if (ours.error === 'UNSUPPORTED') return 'refused';
  if (theirs.error !== undefined) return 'only they fail';
  if (ours.error !== undefined) return 'only we fail';
  return theirs.ok === ours.ok ? 'equal' : 'values differ';
}

export const agrees = (kind) => kind === 'equal' || kind === 'both fail' || kind === 'refused';
