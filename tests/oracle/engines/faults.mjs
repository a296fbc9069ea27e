// What single versions do wrong and the versions on both sides do right: counted apart, not followed.

const faults = [
  // A sub-query that runs again compares its rows with the last row that its first run kept.
  { version: /3\.2\./, kind: 'values differ', query: /\(SELECT .* ORDER BY .* LIMIT / },
  // Groups are told apart by hash, and equal numbers of two types have two.
  { version: /3\.2\./, kind: 'values differ', query: / GROUP BY / },
  // A condition that is false or true by itself decides before what stands to its left has failed.
  { version: /3\.2\./, kind: 'only we fail', query: / WHERE .*(AND|&&|OR|\|\|) / },
];

/** Whether a difference of this kind is a known fault of the engine's version. */
export const isFault = (kind, query, version) =>
  faults.some((one) => one.kind === kind && one.version.test(version) && one.query.test(query));
