// The replica is the database, row by row, and neither contradicts what a client was told.
import { cbor } from '../../../surrealdb/cbor_frame.mjs';
import { post } from '../../../harness/http.mjs';
import { TABLES } from '../application.mjs';

const SHOWN = 5;

/** A value as JSON with its members in order, so that equal values are equal texts. */
export function canonical(value) {
  return JSON.stringify(value, (_, member) => {
    if (member === null || typeof member !== 'object' || Array.isArray(member)) return member;
    // NONE as a member and no member at all are the same in JSON.
    return Object.fromEntries(Object.entries(member).filter(([, v]) => v !== null && v !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

async function rowsInDatabase(db, table) {
  const [rows] = await db.query(`SELECT * FROM ${table}`);
  return new Map(rows.map((row) => [String(row.id), row]));
}

/** `[version, record]` by id, as a bootstrapping SSP loads them. */
async function rowsInReplica(cluster, table) {
  const body = cbor.encode({ query: `SELECT * FROM ${table}`, versions: true });
  const { status, bytes } = await post(`${cluster.scheduler.url}/proxy/query`, Buffer.from(body),
    { headers: { 'content-type': 'application/cbor', accept: 'application/cbor' } });
  if (status !== 200) throw new Error(`/proxy/query answered ${status} ${bytes}`);
  const rows = cbor.decode(new Uint8Array(bytes));
  return new Map(rows.map(([version, record]) => [String(record.id), { version: Number(version), record }]));
}

/** Reads all tables on both sides; the other checks work on what is found. */
export async function readTables(context) {
  context.database = new Map();
  context.replica = new Map();
  for (const table of TABLES) {
    for (const [id, row] of await rowsInDatabase(context.db, table)) context.database.set(id, row);
    for (const [id, row] of await rowsInReplica(context.cluster, table)) context.replica.set(id, row);
  }
}

export async function replicaIsDatabase(context) {
  await readTables(context);
  const { database, replica, found } = context;
  const wrong = [];
  for (const [id, row] of database) {
    found.compared();
    const kept = replica.get(id);
    if (!kept) wrong.push(`${id} is missing in the replica: ${canonical(row)}`);
    else if (canonical(kept.record) !== canonical(row)) wrong.push(`${id} is ${canonical(kept.record)} in the replica, ${canonical(row)} in the database`);
  }
  for (const id of replica.keys()) if (!database.has(id)) wrong.push(`${id} is in the replica only`);
  if (wrong.length > 0) found.wrong(`${wrong.length} rows differ: ${wrong.slice(0, SHOWN).join('; ')}`);
}

/** What the writers were told is in the database. Settles what they could not know: run it once a round. */
export function nothingAcknowledgedIsLost({ writers, database, found }) {
  for (const writer of writers) {
    found.compared(writer.ledger.size);
    for (const wrong of writer.ledger.contradictions(database).slice(0, SHOWN)) found.wrong(`client ${writer.number}: ${wrong}`);
  }
}
