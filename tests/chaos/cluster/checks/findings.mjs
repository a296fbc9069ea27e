/** What one run of one check has found. */
export class Findings {
  comparisons = 0;
  problems = [];

  compared(count = 1) { this.comparisons += count; }

  wrong(text) { this.problems.push(text); }
}
