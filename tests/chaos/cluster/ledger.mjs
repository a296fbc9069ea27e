// What one client knows of its records: the last state the database acknowledged, and every state that may
// have come after it because nobody knows what became of the request.

const GONE = 'gone';

export class Ledger {
  #records = new Map(); // text of the id -> { id, content, states: [stamp | GONE, ...] }

  /** The database has acknowledged these writes. */
  acknowledged(writes) {
    for (const { id, content } of writes) this.#records.set(String(id), { id, content, states: [stampOf(content)] });
  }

  /** Nobody knows whether these writes, all or none, happened. */
  uncertain(writes) {
    for (const { id, content } of writes) {
      const known = this.#records.get(String(id)) ?? { id, content: undefined, states: [GONE] };
      this.#records.set(String(id), { ...known, states: [...known.states, stampOf(content)] });
    }
  }

  /** `[key, content]` of the table's records that exist for all this client knows. */
  entries(table) {
    return [...this.#records.values()]
      .filter(({ id, content }) => String(id.table) === table && content !== undefined)
      .map(({ id, content }) => [id.id, content]);
  }

  /**
   * Compares with the rows the database has, by text of their id; gives what contradicts an
   * acknowledgement. What was uncertain is settled by it.
   */
  contradictions(rows) {
    const wrong = [];
    for (const [text, record] of this.#records) {
      const row = rows.get(text);
      const state = row ? row.stamp : GONE;
      if (!record.states.includes(state)) {
        wrong.push(`${text}: acknowledged ${record.states.join(' or ')}, the database has ${state}`);
      }
      this.#records.set(text, { id: record.id, content: row && { ...row }, states: [state] });
      if (!row) this.#records.delete(text);
    }
    return wrong;
  }

  get size() {
    return this.#records.size;
  }
}

const stampOf = (content) => (content === undefined ? GONE : content.stamp);
