// How often each production of the grammar and each function was used, in queries the engine took.

export class Coverage {
  #all = new Map();

  /** Names what must not be missing in the report even if it is never used. */
  expect(kind, names) { for (const name of names) this.#all.set(`${kind} ${name}`, 0); }

  /** Where one data set notes what it uses: several are at work at a time. */
  notes() { return new Notes(this); }

  count(uses) { for (const use of uses) this.#all.set(use, (this.#all.get(use) ?? 0) + 1); }

  get missing() { return [...this.#all].filter(([, times]) => times === 0).map(([use]) => use); }

  report() {
    const lines = [...this.#all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([use, n]) => `${String(n).padStart(8)}  ${use}`);
    return lines.join('\n');
  }
}

class Notes {
  #all;
  #pending = [];

  constructor(all) { this.#all = all; }

  /** Notes a use in what is being generated. */
  use(kind, name) {
    this.#pending.push(`${kind} ${name}`);
  }

  take() { return this.#pending.splice(0); }

  count(uses) { this.#all.count(uses); }
}
