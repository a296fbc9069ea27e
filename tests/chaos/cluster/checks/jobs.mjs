// No job is forgotten; each that succeeded had its effect, and no attempt was sent twice.
import { JOB_TABLE } from '../jobs.mjs';

const SHOWN = 5;

function report(found, what, wrong) {
  if (wrong.length > 0) found.wrong(`${wrong.length} jobs ${what}: ${wrong.slice(0, SHOWN).join('; ')}`);
}

export async function jobsAreDone({ jobs, backend, db, found }) {
  if (!jobs) return;
  const [rows] = await db.query(`SELECT * FROM ${JOB_TABLE}`);
  const records = new Map(rows.map((row) => [String(row.id.id), row]));
  found.compared(records.size);
  const show = ({ id, status, retries, errors }) => `${id.id} is ${status} after ${retries} retries, ${JSON.stringify(errors.slice(-2))}`;
  report(found, 'were acknowledged and are not there', [...jobs.acknowledged].filter((name) => !records.has(name)));
  report(found, 'are not done', rows.filter(({ status }) => status !== 'success').map(show));
  report(found, 'succeeded without effect',
    rows.filter(({ id, status }) => status === 'success' && !backend.effects.has(String(id.id))).map(show));
  report(found, 'had an effect and are none', [...backend.effects.keys()].filter((name) => !records.has(name)));
  report(found, 'were sent twice under one key', [...backend.keys].filter(([, count]) => count > 1).map(([key, count]) => `${key}: ${count} times`));
  if (backend.strange.length > 0) found.wrong(`requests of no known form: ${backend.strange.slice(0, SHOWN).join('; ')}`);
}
