// What the system may refuse a running process: memory, large files, room on a disk. Of Linux, and as root.
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The most memory that a process has used so far. */
export function peakMemory(pid) {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
}

/** The address space that a process uses now, in bytes. */
export function addressSpace(pid) {
  return Number(/VmSize:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
}

/** Lets a process use only so much more memory than it does now; gives back a function that lifts that. */
export async function limitMemory(pid, more) {
  await run('prlimit', ['--pid', String(pid), `--as=${addressSpace(pid) + more}:unlimited`]);
  return () => run('prlimit', ['--pid', String(pid), '--as=unlimited:unlimited']);
}

/** No file that a process writes may be longer; gives back a function that lifts that. */
export async function limitFiles(pid, bytes) {
  await run('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]);
  return () => run('prlimit', ['--pid', String(pid), '--fsize=unlimited:unlimited']);
}

/** A disk of that size, mounted at `folder`; `undefined` where this process may not mount any. */
export async function smallDisk(folder, bytes) {
  mkdirSync(folder, { recursive: true });
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]);
  } catch {
    return undefined;
  }
  const filler = `${folder}/filler`;
  return {
    /** Takes what room is left, all but `left` bytes. */
    async fill(left = 0) {
      const { stdout } = await run('df', ['--output=avail', '-B1', folder]);
      writeFileSync(filler, Buffer.alloc(Math.max(0, Number(stdout.split('\n')[1]) - left)));
    },
    empty: () => writeFileSync(filler, ''),
    unmount: () => run('umount', ['-l', folder]),
  };
}
