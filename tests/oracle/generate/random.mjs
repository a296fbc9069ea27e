// A seeded source of choices: the same seed gives the same cases on every machine.

export class Random {
  #state;

  constructor(seed) {
    this.#state = (BigInt(seed) ^ 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn;
    for (let i = 0; i < 4; i++) this.#next();
  }

  /** SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). */
  #next() {
    const mask = 0xffffffffffffffffn;
    this.#state = (this.#state + 0x9e3779b97f4a7c15n) & mask;
    let z = this.#state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask;
    return Number((z ^ (z >> 31n)) >> 11n);
  }

  /** An integer from 0 to n - 1. */
  below(n) { return this.#next() % n; }

  between(low, high) { return low + this.below(high - low + 1); }

  chance(percent) { return this.below(100) < percent; }

  pick(list) { return list[this.below(list.length)]; }

  /** Some of `list`, in its order. */
  some(list, percent = 50) { return list.filter(() => this.chance(percent)); }

  several(low, high, make) { return Array.from({ length: this.between(low, high) }, make); }

  /** One of `[[weight, value], ...]`. */
  weighted(choices) {
    let left = this.below(choices.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, value] of choices) if ((left -= weight) < 0) return value;
  }
}
