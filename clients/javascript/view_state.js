// What a client knows of a view: made of a snapshot and the deltas behind it, in their order.

export class ViewState {
  #items = new Map();
  #told = false;
  #result;

  /** The position in the log that it shows; undefined before the first snapshot. */
  seq;
  /** Why the view shows an older result; undefined: it does not. */
  error;
  /** Where a stream goes on from here. */
  at;

  /** Takes a message of the stream. False for one that does not follow from what is known. */
  apply(message) {
    if (message.type === 'snapshot') this.#begin(message);
    else if (this.at === undefined) return false;
    else this.#change(message);
    if ('result' in message) {
      this.#told = true;
      this.#result = message.result;
    }
    this.seq = message.seq;
    this.at = message.at;
    this.error = message.error;
    return true;
  }

  /** The query's result: a list of rows, unless the query gives something else. */
  get result() {
    return this.#told ? this.#result : [...this.#items.values()].map(({ row }) => row);
  }

  /** Each record in the result with its version, `[id, version]`. */
  get versions() {
    return [...this.#items].map(([id, { version }]) => [id, version]);
  }

  #begin({ items }) {
    this.#items = new Map(items.map(([id, version, row]) => [id, { version, row }]));
    this.#told = false;
    this.#result = undefined;
  }

  #change({ added = [], updated = [], removed = [], order }) {
    for (const id of removed) this.#items.delete(id);
    for (const [id, version, row] of [...updated, ...added]) this.#items.set(id, { version, row });
    if (order) this.#items = new Map(order.map((id) => [id, this.#items.get(id)]));
  }
}
