// The folder borders of the design as data, and the check of one source file against them.
import { place } from './tracked.mjs';

/** Rooms from the bottom up: each includes itself and those before it. */
const rising = (...rooms) => Object.fromEntries(rooms.map((room, at) => [room, rooms.slice(0, at)]));
/** Rooms side by side: each includes itself and the files beside the rooms, '', which include no room. */
const besides = (...rooms) => ({ '': [], ...Object.fromEntries(rooms.map((room) => [room, ['']])) });

/** The rooms of a folder, and which others a file in one may include. */
export const ROOMS = {
  surrealql: rising('values', 'codec', 'syntax', 'types', 'functions', 'evaluate', 'analyse', 'select', 'database'),
  views: rising('structures', 'tables', 'plan', 'results', 'hashes', 'maintain', 'asked', 'engine'),
  machines: besides('capture', 'feed', 'jobs', 'pool', 'ssp', 'watchman'),
  actors: besides('capture', 'front', 'jobs', 'ports', 'scheduler', 'ssp'),
};

/** The rooms of views/ that others may enter, and who may enter them. */
const OPEN_ROOMS_OF_VIEWS = {
  results: /./,
  hashes: /./,
  asked: /./,
  engine: /^(?!machines$)/,
};

/** Lowest first. A folder may include itself and those named. */
const MAY_INCLUDE = {
  config: [],
  web: [],
  surrealql: [],
  views: ['surrealql'],
  storage: ['surrealql', 'config'],
  net: ['surrealql', 'config'],
  protocol: ['surrealql'],
  intents: ['protocol', 'surrealql', 'config'],
  machines: ['intents', 'protocol', 'storage', 'views', 'surrealql', 'config'],
  actors: ['machines', 'intents', 'protocol', 'net', 'storage', 'views', 'surrealql', 'config', 'web'],
  main: ['actors', 'machines', 'intents', 'protocol', 'net', 'storage', 'views', 'surrealql', 'config'],
};

/** A library, how its headers are spelled, and the files that may include them. */
const LIBRARIES = [
  { name: 'CAF', header: /^caf\//, allowed: /^(actors|main)\// },
  { name: 'Boost.Beast and Asio', header: /^boost\/(beast|asio)/, allowed: /^net\/([^/]+\.cpp$|detail\/)/ },
  { name: 'RocksDB', header: /^rocksdb\//, allowed: /^storage\/.*\.cpp$/ },
  { name: 'yaml-cpp', header: /^yaml-cpp\//, allowed: /^config\/[^/]+\.cpp$/ },
  { name: 'CLI11', header: /^CLI\//, allowed: /^main\// },
  { name: 'libcbor', header: /^cbor(\.h$|\/)/, allowed: /^surrealql\/.*\.cpp$/ },
  { name: 're2', header: /^re2\//, allowed: /^surrealql\/.*\.cpp$/ },
  { name: 'nlohmann/json', header: /^nlohmann\//, allowed: /\.cpp$/ },
  { name: 'simdjson', header: /^simdjson\.h$/, allowed: /^surrealql\/codec\/json_fast\.cpp$/ },
  { name: 'OpenSSL', header: /^openssl\//, allowed: /^net\/detail\/|\.cpp$/ },
  { name: 'spdlog', header: /^spdlog\//, allowed: /^(storage|net|actors|main)\// },
  { name: 'a lock', header: /^(mutex|shared_mutex|condition_variable)$/, allowed: /^(net|storage)\// },
  {
    name: 'I/O or threads',
    header: /^(fstream|filesystem|thread|future|semaphore|unistd\.h|fcntl\.h|sys\/.*|netdb\.h)$/,
    allowed: /^(?!surrealql\/|views\/|protocol\/|intents\/|machines\/)/,
  },
];

/** The engine is deterministic: what time it is, is told to it. */
const CLOCK = /\b(?:system|steady|high_resolution)_clock::now|\b(?:gettimeofday|clock_gettime)\s*\(/g;
const CLOCKLESS = /^(surrealql|views|protocol|intents|machines)\//;

const INCLUDE = /^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]/gm;

export function isBordered(path) {
  return /\.(cpp|hpp)$/.test(path) && path.split('/')[0] in MAY_INCLUDE;
}

function roomProblem(path, included) {
  const [folder] = path.split('/');
  const rooms = ROOMS[folder];
  const [from, to] = [path, included].map((place) => place.split('/').slice(1, -1)[0] ?? '');
  for (const room of [from, to]) {
    if (!(room in rooms)) return `"${included}": a file of ${folder}/ stands in one of its rooms`;
  }
  if (to !== from && !rooms[from].includes(to)) return `${folder}/${from} must not include ${folder}/${to} ("${included}")`;
  return undefined;
}

function closedRoomProblem(folder, included) {
  const room = included.split('/')[1];
  if (OPEN_ROOMS_OF_VIEWS[room]?.test(folder)) return undefined;
  return `"${included}": views/${room}/ is closed to ${folder}/`;
}

function ownIncludeProblem(path, included) {
  const [folder] = path.split('/');
  const [target, ...inside] = included.split('/');
  if (!(target in MAY_INCLUDE)) return `"${included}": write own includes from the repository's root`;
  if (target === folder) return folder in ROOMS ? roomProblem(path, included) : undefined;
  if (!MAY_INCLUDE[folder].includes(target)) return `${folder}/ must not include ${target}/ ("${included}")`;
  if (target === 'views') return closedRoomProblem(folder, included);
  if (inside[0] === 'detail') return `"${included}" is private to ${target}/`;
  return undefined;
}

function libraryProblem(path, included) {
  const broken = LIBRARIES.find(({ header, allowed }) => header.test(included) && !allowed.test(path));
  return broken && `${broken.name} (<${included}>) does not belong here`;
}

/** What is wrong with the source file `path` of text `text`, as `path:line: reason` lines. */
export function borderProblems(path, text) {
  const problems = [];
  for (const match of text.matchAll(INCLUDE)) {
    const [, quote, included] = match;
    const reason = libraryProblem(path, included) ?? (quote === '"' ? ownIncludeProblem(path, included) : undefined);
    if (reason) problems.push(`${place(path, text, match.index)}: ${reason}`);
  }
  if (CLOCKLESS.test(path)) {
    for (const match of text.matchAll(CLOCK)) {
      problems.push(`${place(path, text, match.index)}: reads a clock; time is a parameter here`);
    }
  }
  return problems;
}
