// Everybody is ready, and everybody is at the same place of the log.
import { get } from '../../../harness/http.mjs';

const figures = async (url) => (await get(`${url}/metrics`)).json;

/** Every process runs; every SSP is ready in its own eyes and in the scheduler's, once. */
export async function poolIsReady({ cluster, found }) {
  const { json } = await get(`${cluster.scheduler.url}/metrics`);
  found.compared(cluster.ssps.length + 1);
  const known = json.ssps.map(({ id, state }) => `${id} ${state}`).sort().join(', ');
  const wanted = cluster.ssps.map(({ name }) => `${name} ready`).join(', ');
  if (known !== wanted) found.wrong(`the scheduler's pool is ${known || 'empty'}; it should be ${wanted}`);
  for (const ssp of cluster.ssps) {
    const { status, text } = await get(`${ssp.url}/health`);
    if (status !== 200) found.wrong(`${ssp.name} answers /health with ${status}: ${text}`);
  }
}

/** All that the scheduler has logged is applied everywhere, acknowledged, and written as edges. */
export async function seqsAgree({ cluster, found }) {
  const { scheduler, ssps } = await figures(cluster.scheduler.url);
  const { seq } = scheduler;
  const equal = (what, actual) => {
    found.compared();
    if (actual !== seq) found.wrong(`${what} is ${actual}, the scheduler's seq is ${seq}`);
  };
  equal('the replica\'s seq', scheduler.replica_seq);
  for (const ssp of ssps) equal(`what ${ssp.id} has acknowledged`, ssp.acked_seq);
  for (const { name, url } of cluster.ssps) {
    const { ssp } = await figures(url);
    equal(`what ${name} has applied`, ssp.applied_seq);
    if (ssp.edges_pending !== 0) found.wrong(`${name} has ${ssp.edges_pending} edges to write`);
  }
}

/** The scheduler is connected to the database. */
export async function databaseIsConnected({ cluster, found }) {
  found.compared();
  const { json } = await get(`${cluster.scheduler.url}/health`);
  if (json?.db !== 'connected') found.wrong(`the scheduler says of the database: ${JSON.stringify(json)}`);
}
