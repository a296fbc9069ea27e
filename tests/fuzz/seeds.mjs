// First inputs for the fuzzers, from what the other tests read: node tests/fuzz/seeds.mjs FOLDER
// makes FOLDER/<fuzzer>/ with one file for each; give that folder to the fuzzer as its last argument.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DATA = join(import.meta.dirname, '../data');
const target = process.argv[2];
if (!target) throw new Error('name the folder to write to: node tests/fuzz/seeds.mjs FOLDER');

const lines = (file) => readFileSync(file, 'utf8').split('\n').filter((line) => line.trim() && !line.startsWith('#'));

/** What was asked of the engine, in the files of that folder: what stands before the answer. */
function asked(folder, isAnswer) {
  return readdirSync(join(DATA, '3.3', folder))
    .flatMap((name) => lines(join(DATA, '3.3', folder, name)))
    .filter((line) => !isAnswer(line))
    .map((line) => line.split(' => ')[0]);
}

const expressions = [...asked('functions', () => false), ...asked('expressions', () => false)];
const queries = asked('select', (line) => /^(table|param|ours|refused|=>|!|\$\w+ =)/.test(line));
const texts = lines(join(DATA, 'text/values.txt'));
const frames = lines(join(DATA, 'cbor/values.hex')).map((line) => Buffer.from(line.split(' => ')[1], 'hex'));

const bytes = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)));
/** Little-endian. */
function number(n, length) {
  const out = Buffer.alloc(length);
  out.writeUInt32LE(n);
  return out;
}
const change = bytes([0x87, 1, 1, 0x61], 't', [1, 0xa1, 0x61], 'a', [1, 0xf6, 0xf6]);
const batch = bytes([0x85, 1, 0x60, 0x60, 0x60, 0x81], change);
const stretch = bytes(number(1, 8), number(1, 8), number(batch.length, 4), batch);
const table = bytes([0x81, 0x82, 1, 0xa1, 0x61], 'a', [1]);

const bodies = [
  { id: 'v', surql: 'SELECT * FROM t WHERE a = $p', params: { p: 1 }, ttl: '30m', clientId: 'c', edges: true },
  { plan: 'SELECT * FROM t', metadata: { id: '_spooky_query:v', params: '{ p: <int> "1" + 2 }' } },
  { id: 'v', surql: 'SELECT * FROM t', auth: { system: false, auth: 'u:1', access: 'a' }, epoch: 3 },
  { ssp_id: 'a', url: 'http://a:1', views: ['v'], tables: ['t'], revision: 1, log_id: 'l', applied_seq: 5 },
  { ssp_id: 'a', views: 3, cpu: 0.5, memory: 1e6, applied_seq: 2, lost: ['v'] },
  { job_id: 'job:1', table: 'job', status: 'pending', retries: 2, retry_after_ms: 100, ran: false },
  { snapshot_seq: 3, log_id: 'l', epoch: 2, resume: true, from_seq: 1, at_least: 7 },
].map((body) => JSON.stringify(body));

const answers = [
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 404 No\r\n\r\nto the end',
  'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nstop here',
].map((answer, n) => bytes([n], answer));

/** The sample's sections, each also with its commented lines taken in. */
const sections = readFileSync(join(DATA, '../../config/spooky.yml'), 'utf8').split('\n\n');
const settings = sections.flatMap((one) => [one, one.replace(/^# (?=\s*[\w-]+:)/gm, '')]);

const seeds = {
  config_load: settings,
  net_client: answers,
  net_frames: frames.map((frame) => bytes([0xa2, 0x62], 'id', [1, 0x66], 'result', frame)),
  protocol_bodies: bodies.map((body) => bytes([0], body)),
  protocol_registration: bodies.map((body) => bytes([0], body)),
  protocol_log: [bytes([0], stretch), bytes([1], table), bytes([2], '17')],
  surrealql_cbor: [...frames, batch],
  surrealql_evaluate: [...expressions.map((one) => `RETURN ${one}`), ...queries],
  surrealql_json: bodies,
  surrealql_parse: [...expressions.map((one) => `RETURN ${one}`), ...queries],
  surrealql_text: texts,
};

for (const [fuzzer, inputs] of Object.entries(seeds)) {
  mkdirSync(join(target, fuzzer), { recursive: true });
  inputs.forEach((input, n) => writeFileSync(join(target, fuzzer, String(n)), input));
}
