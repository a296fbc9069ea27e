// The endpoints as three places tell them: the tables that the programs route by (actors/front/), docs/openapi.yaml
// and docs/protocol.md; and the check that all three say the same.

const PROCESSES = ['scheduler', 'ssp'];
const METHODS = 'GET|HEAD|POST|PUT|PATCH|DELETE';

/** Media types of a request's body, by the word in the table. */
const ACCEPTED = {
  none: [],
  value: ['application/cbor', 'application/json'],
  registration: ['application/cbor', 'application/json'],
  change: ['application/cbor', 'application/json'],
  changes: ['application/cbor', 'application/json', 'application/x-ndjson'],
  changes_or_log: ['application/cbor', 'application/json', 'application/vnd.spooky.log', 'application/x-ndjson'],
};

const ROW = new RegExp(String.raw`\{\s*\{\s*"(${METHODS})",\s*"(/[^"]*)",\s*access::(\w+),\s*body::(\w+),\s*within::(\w+)`
  + String.raw`(?:,\s*[\w']+)?\s*\},\s*(\w+)\s*\}`, 'g');

/** The rows of a table's source text. Figures are open unless a setting says otherwise. A path in the text that is in no row is refused: it would go unchecked. */
export function endpointsOf(text) {
  const rows = [...text.matchAll(ROW)].map(([, method, path, access, body, within, handler]) => {
    if (!(body in ACCEPTED)) throw new Error(`${method} ${path}: unknown body::${body}`);
    return { call: `${method} ${path}`, path, access, open: access === 'open' || access === 'figures', accepts: ACCEPTED[body], within, handler };
  });
  const paths = [...text.matchAll(/"(\/[^"]*)"/g)].map(([, path]) => path);
  const unread = paths.filter((path) => paths.filter((p) => p === path).length !== rows.filter((r) => r.path === path).length);
  if (rows.length === 0 || unread.length > 0) throw new Error(`rows that cannot be read: ${unread.join(', ') || 'all'}`);
  return rows;
}

/** The operations of docs/openapi.yaml: whose they are, whether they need no secret, what they accept. */
export function openapiOperations(text) {
  const paths = text.slice(text.indexOf('\npaths:\n'), text.indexOf('\ncomponents:'));
  const [bodies] = text.slice(text.indexOf('\n  requestBodies:') + 1).split(/\n {2}(?=\w)/);
  const shared = Object.fromEntries(bodies.split(/\n {4}(?=\w)/).slice(1).map((body) => [body.slice(0, body.indexOf(':')), body]));
  const mediaTypes = (body) => {
    const name = /\$ref: "#\/components\/requestBodies\/(\w+)"/.exec(body)?.[1];
    return [...(name ? shared[name] : body).matchAll(/\b(?:application|text)\/[\w.+-]+(?=:)/g)].map(([type]) => type);
  };
  return paths.split(/\n {2}(?=\/)/).slice(1).flatMap((part) => {
    const path = part.slice(0, part.indexOf(':'));
    return part.split(/\n {4}(?=(?:get|head|post|put|patch|delete):)/).slice(1).map((operation) => {
      const asked = /requestBody:(.*?)(?=responses:)/s.exec(operation)?.[1];
      const accepts = asked === undefined ? [] : mediaTypes(asked);
      return {
        call: `${operation.slice(0, operation.indexOf(':')).toUpperCase()} ${path}`,
        tags: /tags: \[([^\]]*)\]/.exec(operation)?.[1].split(', ') ?? [],
        open: /security: \[\]/.test(operation),
        // The file's head says that every body may also be CBOR.
        accepts: accepts.length > 0 ? [...new Set([...accepts, 'application/cbor'])].sort() : [],
      };
    });
  });
}

/** The calls in the first column of the tables under docs/protocol.md's heading of a process. */
export function protocolCalls(text, process) {
  const heading = { scheduler: '## Scheduler', ssp: '## SSP' }[process];
  const from = text.indexOf(`\n${heading}`);
  const section = text.slice(from + 1).split(/\n## /)[0];
  return section.split('\n').filter((line) => line.startsWith('| `')).flatMap((line) => {
    let method;
    return [...line.split('|')[1].matchAll(new RegExp(`\`(?:(${METHODS}) )?(/[^\`]*)\``, 'g'))]
      .map(([, told, path]) => `${method = told ?? method} ${path}`);
  });
}

/** The paths that docs/protocol.md says need no secret. */
export function protocolOpenPaths(text) {
  const [, list] = /every endpoint but ([^.]*?) needs/.exec(text) ?? [, ''];
  return [...list.matchAll(/`(\/[^`]*)`/g)].map(([, path]) => path).sort();
}

const missing = (some, others) => some.filter((one) => !others.includes(one));
const same = (some, others) => missing(some, others).length + missing(others, some).length === 0;

/** What the three do not agree on, as lines. `tables` has the source text of each process's table. */
export function endpointProblems({ tables, openapi, protocol }) {
  const problems = [];
  const operations = openapiOperations(openapi);
  const rows = PROCESSES.flatMap((process) => endpointsOf(tables[process]).map((row) => ({ ...row, process })));
  for (const process of PROCESSES) {
    const routed = rows.filter((row) => row.process === process).map(({ call }) => call);
    const twice = routed.filter((call, at) => routed.indexOf(call) !== at);
    for (const call of twice) problems.push(`${process}: ${call} has two rows`);
    const documents = {
      'docs/openapi.yaml': operations.filter(({ tags }) => tags.includes(process)).map(({ call }) => call),
      'docs/protocol.md': protocolCalls(protocol, process),
    };
    for (const [document, told] of Object.entries(documents)) {
      for (const call of missing(routed, told)) problems.push(`${process}: ${call} is routed, and not in ${document}`);
      for (const call of missing(told, routed)) problems.push(`${process}: ${call} is in ${document}, and not routed`);
    }
  }
  for (const { call, tags, open, accepts } of operations) {
    const served = rows.filter((row) => row.call === call && tags.includes(row.process));
    if (served.length === 0) continue;
    if (served.some((row) => row.open !== open)) problems.push(`${call}: docs/openapi.yaml tells another need of the secret`);
    if (!same(accepts, served.flatMap((row) => row.accepts))) problems.push(`${call}: docs/openapi.yaml accepts [${accepts}]`);
  }
  const openPaths = [...new Set(rows.filter(({ open }) => open).map(({ path }) => path))].sort();
  if (!same(openPaths, protocolOpenPaths(protocol))) problems.push(`docs/protocol.md: open are ${openPaths.join(', ')}`);
  return problems;
}
