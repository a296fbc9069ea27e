// clang-tidy over what ends up in a program, as CI runs it: node tests/run/lint.mjs [source...]
// Ends with "N passed, M failed", counted in sources.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';

const build = 'build/dev';
const tidy = 'tests/run/tidy_for_ccache.sh';
const lines = (text) => text.split('\n').filter(Boolean);
const shipped = () => lines(execFileSync('git', ['ls-files', '--', '*.cpp'], { encoding: 'utf8' })).filter((file) => !/^(tests|bench)\//.test(file));

const wanted = process.argv.length > 2 ? process.argv.slice(2) : shipped();
const commands = new Map(JSON.parse(readFileSync(`${build}/compile_commands.json`, 'utf8')).map(({ file, command }) => [file.slice(process.cwd().length + 1), command]));
const unbuilt = wanted.filter((file) => !commands.has(file));

/** Sources that one run looks at: reading the headers that they share is most of what it costs. */
function groups() {
  const left = new Set(wanted.filter((file) => commands.has(file)));
  const together = lines(readFileSync(`${build}/compiled_together.txt`, 'utf8')).map((line) => line.split(';').filter((file) => left.delete(file)));
  return [...together.filter((group) => group.length > 0), ...[...left].map((file) => [file])];
}

function textOf(group) {
  if (group.length === 1) return group[0];
  mkdirSync(`${build}/lint`, { recursive: true });
  const file = `${build}/lint/${group[0].replaceAll('/', '_')}`;
  writeFileSync(file, group.map((one) => `#include "${process.cwd()}/${one}"  // NOLINT(bugprone-suspicious-include)\n`).join(''));
  return file;
}

/** The compiler's flags, without the names of what it compiles. The commands are GCC's: clang is told to overlook what it does not know. */
function flagsOf(source) {
  const words = commands.get(source).replaceAll('\\"', '"').split(/\s+/).slice(1);
  const named = words.indexOf('-o');
  return [...words.filter((word, i) => i !== named && i !== named + 1 && word !== '-c' && !word.endsWith('.cpp') && !word.startsWith('--param=')),
    '-Wno-unknown-warning-option', '-Wno-unused-command-line-argument'];
}

const environment = {
  ...process.env, CCACHE_COMPILERTYPE: 'clang', CCACHE_COMMENTS: '1', CCACHE_BASEDIR: process.cwd(), CCACHE_NOHASHDIR: '1', CCACHE_EXTRAFILES: '.clang-tidy',
  CCACHE_COMPILERCHECK: `string:${createHash('sha256').update(readFileSync(tidy)).update(execFileSync('clang-tidy', ['--version'])).digest('hex')}`,
};

function look(group) {
  const source = textOf(group);
  const args = [tidy, ...flagsOf(group[0]), '-c', source, '-o', `${build}/lint-${basename(source)}.clean`];
  return new Promise((resolve) => {
    const child = spawn('ccache', args, { env: environment });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { said += text; });
    child.on('close', (status) => resolve({ clean: status === 0, said }));
  });
}

let failed = unbuilt.length;
for (const file of unbuilt) console.log(`not clean ${file}: no target compiles it`);
const waiting = groups();
await Promise.all(Array.from({ length: availableParallelism() }, async () => {
  for (let group; (group = waiting.shift()); ) {
    const { clean, said } = await look(group);
    if (clean) continue;
    failed += group.length;
    console.log(`${said.replace(/^\d+ warnings? .*generated.*\n/gm, '')}not clean ${group.join(' ')}`);
  }
}));
console.log(`${wanted.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
