// Requests to Spooky's HTTP interface. Every one is bounded in time.
import { request as overHttp } from 'node:http';
import { request as overTls } from 'node:https';

const ANSWER_WITHIN_MS = 15_000;

/**
 * Gives `{ status, headers, bytes, text, json }`; `json` is undefined where the body is not JSON. `body` is
 * sent as it is when it is a string or bytes, else as JSON. A server may answer and hang up before
 * it has read the whole body: its answer counts. `agent` keeps connections for who asks much.
 */
export function send(method, url, body, { headers = {}, withinMs = ANSWER_WITHIN_MS, agent = false } = {}) {
  const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? Buffer.from(body)
    : body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const request = (url.startsWith('https:') ? overTls : overHttp)(url, {
      method,
      headers: { 'content-type': 'application/json', 'content-length': bytes.length, ...headers },
      signal: AbortSignal.timeout(withinMs),
      agent,
    });
    let answered = false;
    request.on('error', (error) => { if (!answered) reject(new Error(`${method} ${url}: ${error.message}`)); });
    request.on('response', async (response) => {
      answered = true;
      const chunks = [];
      try {
        for await (const chunk of response) chunks.push(chunk);
      } catch (error) {
        reject(new Error(`${method} ${url}: the answer was cut off: ${error.message}`));
        return;
      }
      const bytes = Buffer.concat(chunks);
      const text = bytes.toString();
      resolve({ status: response.statusCode, headers: response.headers, bytes, text, json: parse(text) });
    });
    request.end(bytes);
  });
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const get = (url, options) => send('GET', url, undefined, options);
export const post = (url, body, options) => send('POST', url, body, options);
