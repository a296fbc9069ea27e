import { parseArgs } from 'node:util';

/** What CI runs: every mode once with a scheduler, the feed without one, too. */
const CI = [['changefeed', 'cluster', 12], ['changefeed', 'single', 4], ['live', 'cluster', 4], ['webhook', 'cluster', 1]];

/** `{ seed, stopAfter, runs: [{ mode, arrangement, rounds }] }` of the command line. */
export function options() {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      rounds: { type: 'string' },
      mode: { type: 'string' },
      arrangement: { type: 'string' },
      'stop-after': { type: 'string', default: '3' },
    },
  });
  const asked = values.rounds || values.mode || values.arrangement;
  const runs = asked ? [[values.mode ?? 'changefeed', values.arrangement ?? 'cluster', Number(values.rounds ?? 20)]] : CI;
  return {
    seed: Number(values.seed),
    stopAfter: Number(values['stop-after']),
    runs: runs.map(([mode, arrangement, rounds]) => ({ mode, arrangement, rounds })),
  };
}
