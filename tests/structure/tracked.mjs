// The files of the repository, as git knows them.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Paths of tracked files, and of new ones git does not ignore, that exist under `root`. */
export function trackedFiles(root = ROOT) {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20 });
  return list.split('\0').filter((path) => path && existsSync(join(root, path)));
}

/** The text of a file, or undefined where it is binary. */
export function textOf(path, root = ROOT) {
  const bytes = readFileSync(join(root, path));
  return bytes.includes(0) ? undefined : bytes.toString('utf8');
}

/** `path:line` for an offset in a text. */
export function place(path, text, offset) {
  return `${path}:${text.slice(0, offset).split('\n').length}`;
}
