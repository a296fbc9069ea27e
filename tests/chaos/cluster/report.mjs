// What was done and what was found, in numbers, and every violation with what one needs to look into it.

export class Report {
  #faults = new Map();
  #checks = new Map(); // name -> { passed, failed, compared }
  violations = [];

  constructor(seed) {
    this.seed = seed;
  }

  fault({ kind, target }) {
    const what = `${kind} ${target.replace(/[/-]\d+$/, '')}`;
    this.#faults.set(what, (this.#faults.get(what) ?? 0) + 1);
  }

  /** A check's outcome in a round. */
  check(name, round, { comparisons, problems }) {
    const counts = this.#checks.get(name) ?? { passed: 0, failed: 0, compared: 0 };
    counts[problems.length === 0 ? 'passed' : 'failed']++;
    counts.compared += comparisons;
    this.#checks.set(name, counts);
    for (const problem of problems) this.violation(round, `${name}: ${problem}`);
  }

  violation(round, text) {
    this.violations.push({ round, text });
    console.log(`VIOLATION seed ${this.seed} round ${round}: ${text}`);
  }

  print(counts) {
    const faults = [...this.#faults].sort(([a], [b]) => (a < b ? -1 : 1));
    console.log(`\nfaults: ${faults.reduce((sum, [, n]) => sum + n, 0)}`);
    for (const [what, n] of faults) console.log(`  ${what.padEnd(28)} ${n}`);
    console.log('checks: times passed, failed; single comparisons');
    for (const [name, { passed, failed, compared }] of this.#checks) {
      console.log(`  ${name.padEnd(36)} ${passed}, ${failed}; ${compared}`);
    }
    for (const [what, numbers] of Object.entries(counts)) console.log(`${what}: ${numbers}`);
    console.log(`violations: ${this.violations.length}`);
  }

  get totals() {
    const sum = (which) => [...this.#checks.values()].reduce((total, counts) => total + counts[which], 0);
    return { passed: sum('passed'), failed: this.violations.length };
  }
}
