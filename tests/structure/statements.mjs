// SurrealQL statements are written in one folder: what composes one elsewhere is found here.
import { place } from './tracked.mjs';

/**
 * Where statements stand: the intents, the schema that is installed, the language itself, which has them for a subject, and the
 * request for a whole table that an SSP sends to its scheduler.
 */
const WRITTEN = /^(intents\/|surrealql\/(?!database\/)|surrealql\/database\/system_schema\.cpp$|protocol\/table_codec\.cpp$)/;

const TOKEN = new RegExp([
  String.raw`//[^\n]*`,
  String.raw`/\*[\s\S]*?\*/`,
  String.raw`R"(?<mark>[^(\s]*)\((?<raw>[\s\S]*?)\)\k<mark>"`,
  String.raw`"(?<text>(?:[^"\\\n]|\\.)*)"`,
  String.raw`'(?:[^'\\\n]|\\.)+'`,
].join('|'), 'g');

const KEYWORDS = [
  'ALTER', 'BEGIN', 'COMMIT', 'CREATE', 'DEFINE', 'DELETE', 'FOR', 'IF', 'INFO', 'INSERT', 'KILL', 'LET', 'LIVE', 'RELATE',
  'REMOVE', 'RETURN', 'SELECT', 'SHOW', 'THROW', 'UPDATE', 'UPSERT',
].join('|');
/** A statement's keyword with more behind it, at the start of a text, of a block, or behind another statement. */
const STATEMENT = new RegExp(String.raw`(?:^|[;{(]|: )\s*(?:\\n\s*)*(?:${KEYWORDS})[;\s]`);

export function composesNothing(path) {
  return /\.(cpp|hpp)$/.test(path) && !/^(tests|bench)\//.test(path) && !WRITTEN.test(path);
}

/** Statements that the source file writes, as `path:line: reason` lines. */
export function statementProblems(path, text) {
  const problems = [];
  for (const match of text.matchAll(TOKEN)) {
    const written = match.groups.raw ?? match.groups.text;
    if (written === undefined || !STATEMENT.test(written)) continue;
    problems.push(`${place(path, text, match.index)}: writes SurrealQL (${written.trim().slice(0, 40)}); say it as an intent`);
  }
  return problems;
}
