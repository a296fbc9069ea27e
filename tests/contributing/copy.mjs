// A copy of the tree to follow a recipe in, and what it takes to compile and link one test of it.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { ROOT, trackedFiles } from '../structure/tracked.mjs';

const root = ROOT.replace(/\/$/, '');
const preset = process.env.SPOOKY_UNIT_PRESET ?? 'dev';
const build = join(root, 'build', preset);

const run = (command, args, options = {}) =>
  execFileSync(command, args, { encoding: 'utf8', maxBuffer: 64 << 20, stdio: ['ignore', 'pipe', 'pipe'], ...options });

/** Builds what link() takes from the tree itself: the libraries, and the unit test's main. */
export function buildLibraries(folder) {
  run('cmake', ['--preset', preset], { cwd: root });
  run('ninja', ['-C', build, `spooky_${folder}`, `tests/unit/${folder}/CMakeFiles/unit_${folder}.dir/__/main.cpp.o`]);
}

export class Copy {
  #objects = new Map(); // source path in the tree -> object made of the copy's

  constructor() {
    this.dir = mkdtempSync(join(tmpdir(), 'spooky-recipe-'));
    this.tree = join(this.dir, 'tree');
    for (const path of trackedFiles(root)) {
      mkdirSync(dirname(join(this.tree, path)), { recursive: true });
      cpSync(join(root, path), join(this.tree, path), { verbatimSymlinks: true });
    }
    this.#git('init', '-q');
    this.#git('add', '-A');
    this.#git('-c', 'user.name=recipe', '-c', 'user.email=recipe@localhost', 'commit', '-qm', 'the tree');
  }

  #git(...args) {
    return run('git', args, { cwd: this.tree });
  }

  remove() {
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Files that differ from the tree, sorted. */
  touched() {
    return this.#git('status', '--porcelain', '--untracked-files=all').split('\n').filter(Boolean).map((line) => line.slice(3)).sort();
  }

  /** Writes a recipe step's blocks where their fences say. */
  follow({ file, blocks }) {
    const path = join(this.tree, file);
    for (const { where, anchor, code } of blocks) {
      const text = readFileSync(path, 'utf8');
      const lines = text.split('\n');
      const found = lines.filter((line) => line.includes(anchor)).length;
      if (where === 'before' && found !== 1) throw new Error(`${file}: "${anchor}" stands in ${found} lines, not in one`);
      const at = lines.findIndex((line) => line.includes(anchor));
      const written = where === 'at' ? text + code : [...lines.slice(0, at), code.replace(/\n$/, ''), ...lines.slice(at)].join('\n');
      writeFileSync(path, written);
    }
  }

  /** Compiles the copy's version of a source as the tree's build does. */
  compile(source) {
    const commands = JSON.parse(readFileSync(join(build, 'compile_commands.json'), 'utf8'));
    const entry = commands.find(({ file }) => file === join(root, source));
    const object = join(this.dir, `${source.replaceAll('/', '_')}.o`);
    const command = entry.command
      .replaceAll(`${build}/`, '\0').replaceAll(root, this.tree).replaceAll('\0', `${build}/`)
      .replace(/ -o \S+/, ` -o ${object}`);
    run('sh', ['-c', command], { cwd: entry.directory });
    this.#objects.set(source, object);
  }

  /**
   * Links a unit test of just these sources of it, and `changed` sources of libraries in front of the libraries; gives a function
   * that runs it with doctest's arguments.
   */
  link(target, tests, changed) {
    const line = run('ninja', ['-C', build, '-t', 'commands', target]).trim().split('\n').at(-1);
    const own = [...tests, ...changed].map((source) => this.#objects.get(source)).join(' ');
    const binary = join(this.dir, `${target}-${changed.length}`);
    const command = line
      .replace(/\S+\/unit_\w+\.dir\/\S+\.o/g, (object) => (basename(object) === 'main.cpp.o' && object.includes('__') ? object : ''))
      .replace(/ -o \S+/, ` ${own} -o ${binary}`);
    run('sh', ['-c', command], { cwd: build });
    return (args, env = {}) => {
      const { status, stdout } = spawnSync(binary, args, { encoding: 'utf8', env: { ...process.env, ...env }, maxBuffer: 64 << 20 });
      return { passes: status === 0, output: stdout };
    };
  }
}

export { root };
