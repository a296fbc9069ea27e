// Attacks by name, counted: what was tried, and what held.
import { after, test } from 'node:test';

const count = { tried: 0, held: 0 };

after(() => console.log(`attacks: ${count.tried} tried, ${count.held} held`));

/**
 * A test of attacks by `who`. `check` gets `attempt`, which counts one attack each: it holds if what it is given does
 * not throw, and gives what that returns.
 */
export function attack(who, name, check) {
  test(`${who}: ${name}`, (t) => check({
    skip: (why) => t.skip(why),
    async attempt(held) {
      count.tried++;
      const outcome = await held();
      count.held++;
      return outcome;
    },
  }));
}
