// Runs a command while a SurrealDB of its own answers at $SURREALDB_ADDR, and ends as the command ends.
//
//   node tests/surrealdb/with_server.mjs build/dev/tests/unit/net/unit_net
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startSurrealdb } from './start.mjs';

const [program, ...args] = process.argv.slice(2);
const server = await startSurrealdb();
const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, SURREALDB_ADDR: server.addr } });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
const [code, signal] = await once(child, 'exit');
if (signal) console.error(`${program} was ended by ${signal}`);
await server.stop();
process.exit(code ?? 1);
