// The engine of PyPI surrealdb-embedded, where python3 (or SPOOKY_PYTHON) can import it; each connection
// is a process with a datastore of its own.
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { cbor, joinFrame, splitFrame } from '../../surrealdb/cbor_frame.mjs';

const PROGRAM = fileURLToPath(new URL('python_engine.py', import.meta.url));
const LENGTH = 4;

export async function openPython() {
  const python = process.env.SPOOKY_PYTHON ?? 'python3';
  if (spawnSync(python, ['-c', 'import surrealdb_embedded'], { stdio: 'ignore' }).status !== 0) return null;
  const first = connect(python);
  const { result } = await first.execute({ method: cbor.encode('version'), params: cbor.encode([]) });
  first.close();
  return { name: 'python', version: cbor.decode(result), connect: async () => connect(python), close: async () => {} };
}

function connect(python) {
  const child = spawn(python, [PROGRAM], { stdio: ['pipe', 'pipe', 'ignore'] });
  const waiting = [];
  let received = Buffer.alloc(0);
  child.stdout.on('data', (bytes) => {
    received = Buffer.concat([received, bytes]);
    while (received.length >= LENGTH && received.length >= LENGTH + received.readUInt32BE(0)) {
      const end = LENGTH + received.readUInt32BE(0);
      waiting.shift().resolve(splitFrame(received.subarray(LENGTH, end)));
      received = received.subarray(end);
    }
  });
  child.stdin.on('error', () => {});
  child.on('exit', (code, signal) => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`the engine in Python ended with ${signal ?? code}`));
  });
  const execute = (frame) => new Promise((resolve, reject) => {
    waiting.push({ resolve, reject });
    const bytes = joinFrame({ id: cbor.encode(1), ...frame });
    const length = Buffer.alloc(LENGTH);
    length.writeUInt32BE(bytes.length);
    child.stdin.write(Buffer.concat([length, bytes]));
  });
  return { execute, close: () => child.stdin.end() };
}
