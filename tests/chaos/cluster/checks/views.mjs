// Every view is on exactly one SSP, its edges and rows are what SurrealDB answers to its query, and the
// versions are those of the records.
import { Agent } from 'node:http';
import { get } from '../../../harness/http.mjs';
import { canonical } from './replica.mjs';

const AT_ONCE = 16;
const SHOWN = 5;
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

/** Runs `work` for every item, some at a time. */
async function each(items, work) {
  const queue = [...items];
  const lane = async () => {
    for (let item; (item = queue.pop()) !== undefined;) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

function report(found, what, wrong) {
  if (wrong.length > 0) found.wrong(`${wrong.length} ${what}: ${wrong.slice(0, SHOWN).join('; ')}`);
}

const label = ({ number, kind, key, surql, params }) =>
  `view ${number} (${kind}, ${key}, ${surql}, ${canonical(params)})`;

/** Who holds what, by the SSPs' own word, the records' and the scheduler's. */
export async function viewsAreOnOneSsp(context) {
  const { cluster, registrations, db, found } = context;
  const wrong = [];
  const records = new Map((await db.query('SELECT * FROM _spooky_query'))[0].map((record) => [String(record.id.id), record]));
  context.shown = new Map();
  await each(registrations.wanted.values(), async (view) => {
    found.compared();
    const answers = await Promise.all(cluster.ssps.map((ssp) => get(`${ssp.url}/view/${view.key}`, { agent })));
    const holders = cluster.ssps.filter((_, n) => answers[n].status === 200).map(({ name }) => name);
    const record = records.get(view.key);
    if (holders.length !== 1) wrong.push(`${label(view)} is on ${holders.join(' and ') || 'no SSP'}, its record says ${record?.ssp}`);
    else if (record?.ssp !== holders[0]) wrong.push(`${label(view)} is on ${holders}, its record says ${record ? record.ssp : 'nothing: it is gone'}`);
    else if (record.state !== 'ready') wrong.push(`${label(view)} is ${record.state} in its record`);
    else context.shown.set(view.key, answers.find(({ status }) => status === 200).json);
    const owner = await get(`${cluster.scheduler.url}/view/${view.key}/owner`, { agent });
    if (owner.json?.ssp_id !== undefined && owner.json.ssp_id !== holders[0]) wrong.push(`${label(view)} is on ${holders}, the scheduler says ${owner.text}`);
    if (owner.json?.ssp_id !== undefined) context.counts.owners = (context.counts.owners ?? 0) + 1;
  });
  report(found, 'views are not where they should be', wrong);
  report(found, 'query records are of no registered view', [...records.keys()].filter((key) => !registrations.wanted.has(key)));
  const held = await Promise.all(cluster.ssps.map(async (ssp) => (await get(`${ssp.url}/info`)).json[0].views));
  const total = held.reduce((sum, views) => sum + views, 0);
  if (total !== registrations.wanted.size) found.wrong(`the SSPs hold ${held.join(' + ')} views; ${registrations.wanted.size} are registered`);
}

/** The path of every row of a result that has an edge: `post:1`, `post:1/replies:reply:7`. */
function expectedEdges(rows, related, above = '') {
  return rows.flatMap((row) => {
    if (row?.id === undefined) return [];
    const path = `${above}${row.id}`;
    const below = Object.entries(related ?? {}).flatMap(([alias, deeper]) =>
      expectedEdges([row[alias] ?? []].flat(), deeper, `${path}/${alias}:`));
    return [path, ...below];
  });
}

/** All edges by view: path -> { out, version }. */
async function storedEdges(db) {
  const [edges] = await db.query('SELECT id, in, out, version, parent, parent_rel FROM _spooky_list_ref');
  const byId = new Map(edges.map((edge) => [String(edge.id), edge]));
  const path = (edge) => {
    if (!edge.parent) return String(edge.out);
    const parent = byId.get(String(edge.parent));
    return `${parent ? path(parent) : `(no edge ${edge.parent})`}/${edge.parent_rel}:${edge.out}`;
  };
  const views = new Map();
  for (const edge of edges) {
    const key = String(edge.in.id);
    if (!views.has(key)) views.set(key, new Map());
    views.get(key).set(path(edge), { out: String(edge.out), version: Number(edge.version) });
  }
  return views;
}

function compareEdges(view, expected, stored, replica) {
  const missing = expected.filter((path) => !stored.has(path));
  const wanted = new Set(expected);
  const surplus = [...stored.keys()].filter((path) => !wanted.has(path));
  const old = [...stored].filter(([path, { out, version }]) => wanted.has(path) && replica.get(out)?.version !== version)
    .map(([path, { out, version }]) => `${path} v${version}, the record is at v${replica.get(out)?.version}`);
  const text = [['missing', missing], ['too many', surplus], ['of another version', old]]
    .filter(([, list]) => list.length > 0).map(([what, list]) => `${list.length} ${what}: ${list.slice(0, SHOWN).join(', ')}`);
  return text.length > 0 ? [`${label(view)}: ${text.join('; ')}`] : [];
}

function compareRows(view, rows, shown) {
  if (shown === undefined) return []; // where it is was found wrong before
  const [ours, theirs] = [shown.rows, rows].map((list) => list.map(canonical));
  if (!view.ordered) [ours, theirs].forEach((list) => list.sort());
  const at = theirs.findIndex((row, n) => row !== ours[n]);
  if (at < 0 && ours.length === theirs.length) return [];
  return [`${label(view)}: ${ours.length} rows where SurrealDB has ${theirs.length}; at ${at} ${ours[at]} instead of ${theirs[at]}`];
}

/** Edges and rows of every view are SurrealDB's own answer to its query; nobody else has edges. */
export async function viewsAreTheirQueries({ registrations, db, replica, shown, found }) {
  const stored = await storedEdges(db);
  const [wrongEdges, wrongRows] = [[], []];
  await each(registrations.wanted.values(), async (view) => {
    const [rows] = await db.query(view.surql, view.params);
    const edges = stored.get(view.key) ?? new Map();
    found.compared(edges.size + rows.length);
    wrongEdges.push(...compareEdges(view, expectedEdges(rows, view.related), edges, replica));
    wrongRows.push(...compareRows(view, rows, shown.get(view.key)));
  });
  report(found, 'views have wrong edges', wrongEdges);
  report(found, 'views have wrong rows', wrongRows);
  report(found, 'views that nobody registered have edges', [...stored.keys()].filter((key) => !registrations.wanted.has(key)));
}
