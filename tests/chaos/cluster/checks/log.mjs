// The write-ahead log, read from disk after the scheduler has ended: every seq is there once.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { binary } from '../../../harness/program.mjs';

/** Runs `spooky wal stats`, which verifies every frame; the scheduler must not be running. */
export async function logHasNoGap({ cluster, found }) {
  const { stdout } = await promisify(execFile)(binary('spooky'), ['wal', 'stats', join(cluster.folder, 'wal')]);
  const [, first, last, changes] = stdout.match(/^seq (\d+) to (\d+), (\d+) changes/m).map(Number);
  found.compared(changes);
  if (changes !== last - first + 1) found.wrong(`the log holds ${changes} changes from seq ${first} to ${last}`);
}
