// One live view for all who look at it: opened by the first, closed a moment after the last has gone.

/** A component that is drawn again lets go of its view and takes it back. */
const LINGER_MS = 500;

const NOTHING_YET = Object.freeze({ result: undefined, error: undefined, seq: undefined });

export class SharedView {
  #open;
  #view;
  #stop;
  #listeners = new Set();
  #now = NOTHING_YET;
  #closing;

  /** `open()` gives the live view. */
  constructor(open) {
    this.#open = open;
  }

  /** `{ result, error, seq }`, the same object until something changes. */
  snapshot = () => this.#now;

  /** Calls `listener()` after each change until the function that it gives is called. */
  subscribe = (listener) => {
    clearTimeout(this.#closing);
    const mine = () => listener();
    this.#listeners.add(mine);
    if (!this.#view) this.#begin();
    return () => {
      if (!this.#listeners.delete(mine) || this.#listeners.size > 0) return;
      this.#closing = setTimeout(() => this.#end(), LINGER_MS);
      this.#closing.unref?.();
    };
  };

  #begin() {
    this.#view = this.#open();
    this.#stop = this.#view.subscribe(({ result, error, seq }) => {
      this.#now = { result, error, seq };
      for (const listener of [...this.#listeners]) listener();
    });
  }

  #end() {
    this.#stop();
    this.#view.close();
    this.#view = undefined;
  }
}
