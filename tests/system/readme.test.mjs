// README's section "Use it with your own database", step by step as it is written, on a real server that is started as it says.
// Only the addresses are others, since the usual ones may be taken.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../harness/eventually.mjs';
import { get } from '../harness/http.mjs';
import { JobBackend } from '../harness/job_backend.mjs';
import { binary, freePort } from '../harness/program.mjs';
import { connect, define } from '../surrealdb/client.mjs';
import { serverProgram } from '../surrealdb/real_server.mjs';

const WITHIN_MS = 30_000;
const program = process.env.SURREALDB_ADDR ? null : serverProgram();
const readme = readFileSync('README.md', 'utf8');
const section = readme.slice(readme.indexOf('## Use it with your own database'), readme.indexOf('## Read on'));

/** The section's code blocks in order, each without its indent. */
const blocks = [...section.matchAll(/^ +```(\w*)\n(.*?)^ +```$/gms)].map(([, language, text]) => ({ language, text: text.replace(/^ {3}/gm, '') }));
const block = (pattern) => {
  const found = blocks.filter(({ text }) => pattern.test(text));
  assert.equal(found.length, 1, `README has one block with ${pattern}`);
  return found[0].text;
};

/** A walk: a folder, a shell's environment that lasts, what was started. */
class Walk {
  folder = mkdtempSync(join(tmpdir(), 'spooky-readme-'));
  env = { ...process.env, PATH: `${dirname(binary('spooky'))}:${process.env.PATH}` };
  #started = [];

  async open() {
    this.ports = { '8000': await freePort(), '9667': await freePort(), '8667': await freePort() };
    Object.assign(this.env, {
      SPOOKY_SCHEDULER_INGEST_PORT: String(this.ports[9667]), LISTEN_ADDR: `127.0.0.1:${this.ports[8667]}`,
      ADVERTISE_ADDR: `http://127.0.0.1:${this.ports[8667]}`,
    });
    return this;
  }

  here(text) { return text.replace(/localhost:(8000|9667)/g, (_, port) => `localhost:${this.ports[port]}`); }

  start(command, args) {
    const child = spawn(command, args, { cwd: this.folder, env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
    const run = { child, said: '' };
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => { run.said += data; });
    this.#started.push(child);
    return run;
  }

  /** Runs the text as a shell does, and waits for its end. */
  async shell(text) {
    const run = this.start('bash', ['-euc', `${this.here(text)}\nenv -0 > environment`]);
    const [code] = await once(run.child, 'close');
    assert.equal(code, 0, run.said);
    const lasting = Object.fromEntries(readFileSync(join(this.folder, 'environment'), 'utf8').split('\0').filter(Boolean)
      .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]));
    Object.assign(this.env, lasting);
    return run.said;
  }

  async close() {
    for (const child of this.#started.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

test('README walks a database of one\'s own from nothing to a view and a job', { skip: !program && 'there is no SurrealDB server here' }, async () => {
  const walk = await new Walk().open();
  const backend = await JobBackend.open();
  let db;
  try {
    const allowed = section.match(/`--allow-net (\S+)`/)[1];
    walk.start(program, ['start', '--user', 'root', '--pass', 'secret', '--bind', `127.0.0.1:${walk.ports[8000]}`, '--log', 'none', '--allow-net', allowed, 'memory']);
    const database = { namespace: 'app', database: 'app', authentication: { username: 'root', password: 'secret' } };
    const addr = `127.0.0.1:${walk.ports[8000]}`;
    await eventually(() => define(addr, database), WITHIN_MS);
    db = await connect(addr, database);
    await db.query('CREATE thread:1 SET open = true, score = 3; CREATE thread:2 SET open = false, score = 9; DEFINE TABLE mail_job').collect();

    await walk.shell(block(/export SPOOKY_NODE_SECRET/));
    assert.match(walk.env.SPOOKY_NODE_SECRET, /^[0-9a-f]{64}$/);
    writeFileSync(join(walk.folder, 'spooky.yml'), block(/baseUrl/).replace(/https:\/\/mail\.internal\/api/, backend.url));
    walk.env.MAIL_TOKEN = 'a token';
    await walk.shell(block(/schema --apply/));

    const [scheduler, ssp] = block(/spooky-ssp$/m).trim().split('\n\n');
    for (const [name, text] of [['spooky-scheduler', scheduler], ['spooky-ssp', ssp]]) {
      const run = walk.start('bash', ['-c', `exec env ${walk.here(text).replace(/\\\n/g, '')}`]);
      await eventually(() => assert.match(run.said, /listening on /, `${name} says: ${run.said}`), WITHIN_MS);
    }
    await eventually(async () => assert.equal((await get(`${walk.env.ADVERTISE_ADDR}/health`)).status, 200), WITHIN_MS);

    const [register, read, watch] = block(/fn::query::register/).split(/;\n/);
    const [answer] = await eventually(() => db.query(register).collect(), WITHIN_MS);
    assert.ok(!answer?.error, JSON.stringify(answer));
    const seen = async () => (await db.query(read).collect())[0].map(({ out }) => String(out)).sort();
    await eventually(async () => assert.deepEqual(await seen(), ['thread:1']), WITHIN_MS);
    assert.ok(await db.query(watch).collect());
    await db.query('UPDATE thread:2 SET open = true; DELETE thread:1').collect();
    await eventually(async () => assert.deepEqual(await seen(), ['thread:2']), WITHIN_MS);

    await db.query(block(/CREATE mail_job/)).collect();
    await eventually(() => assert.equal(backend.calls.length, 1), WITHIN_MS);
    const [{ path, body, headers }] = backend.calls;
    assert.deepEqual([path, body, headers.authorization], ['/send', { to: 'ann' }, 'Bearer a token']);
  } finally {
    await db?.close();
    await walk.close();
    await backend.close();
  }
});
