// Which fault hits what, when and for how long: a function of the seed and the round alone.
import { Random } from './random.mjs';

export const HEARTBEAT_TIMEOUT_MS = 2000;

/** How often each kind of fault comes, relative to the others. */
const WEIGHTS = {
  'kill ssp': 5, 'kill scheduler': 3, 'kill database': 2,
  'pause ssp': 3, 'freeze ssp': 4, 'freeze scheduler': 2, 'freeze database': 1,
  'drain ssp': 3, 'stop scheduler': 1, 'stop database': 1,
  'cut link': 4, 'stall link': 4, 'half-open link': 3, 'slow link': 3, 'throttle link': 2,
};

/** How long each kind lasts, in milliseconds: processes are away, paused, links misbehave. */
const LASTS = {
  kill: [100, 3000], stop: [100, 2000], drain: [100, 2000],
  pause: [200, HEARTBEAT_TIMEOUT_MS * 0.7], freeze: [HEARTBEAT_TIMEOUT_MS * 1.4, HEARTBEAT_TIMEOUT_MS * 2.5],
  cut: [100, 4000], stall: [500, 5000], 'half-open': [500, 4000], slow: [2000, 6000], throttle: [2000, 6000],
};

const LINKS = ['scheduler-database', 'ssp-database', 'ssp-scheduler', 'scheduler-ssp'];

function details(kind, random) {
  if (kind === 'slow') return { delayMs: random.between(20, 300), jitterMs: random.between(0, 200) };
  if (kind === 'throttle') return { bytesPerSecond: random.between(20, 400) * 1024 };
  return {};
}

function target(thing, random, ssps) {
  if (thing === 'ssp') return `ssp-${random.between(1, ssps)}`;
  if (thing !== 'link') return thing;
  const link = random.pick(LINKS);
  return link === 'scheduler-database' ? link : `${link}/${random.between(1, ssps)}`;
}

/**
 * The faults of one round, by their beginning: `{ kind, target, at, lasts, ... }` in milliseconds from
 * the round's start. `kinds` leaves only those whose names contain one of these. At most one at a time hits one target; everything else may coincide.
 */
export function faultsOf(seed, round, { ssps = 4, windowMs = 6000, kinds = undefined } = {}) {
  const random = new Random(seed, 'faults', round);
  const faults = [];
  const weights = Object.fromEntries(Object.entries(WEIGHTS).filter(([what]) => !kinds || kinds.some((kind) => what.includes(kind))));
  for (let wanted = random.between(2, 6); wanted > 0; wanted--) {
    const [kind, thing] = random.weighted(weights).split(' ');
    const fault = {
      kind, target: target(thing, random, ssps), at: random.between(0, windowMs),
      lasts: random.between(...LASTS[kind]), ...details(kind, random),
    };
    const overlaps = (other) => other.target === fault.target
      && fault.at <= other.at + other.lasts && other.at <= fault.at + fault.lasts;
    if (!faults.some(overlaps)) faults.push(fault);
  }
  return faults.sort((a, b) => a.at - b.at);
}

export const describe = ({ kind, target, at, lasts, ...rest }) =>
  `${at} ms: ${kind} ${target} for ${lasts} ms${Object.entries(rest).map(([name, value]) => `, ${name} ${value}`).join('')}`;
