// A headless Chromium, driven by its DevTools protocol.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';

const PICTURES = fileURLToPath(new URL('../../build/web/', import.meta.url));

export class Browser {
  #child;
  #profile = mkdtempSync(join(tmpdir(), 'spooky-chromium-'));
  #socket;
  #waiting = new Map();
  #last = 0;
  #session;
  /** What pages complained of. */
  complaints = [];

  static async open() {
    const browser = new Browser();
    browser.#child = spawn('chromium', ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--remote-debugging-port=0',
      `--user-data-dir=${browser.#profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
    process.on('exit', () => browser.#child.kill('SIGKILL'));
    for await (const line of createInterface({ input: browser.#child.stderr })) {
      const address = /DevTools listening on (ws:\S+)/.exec(line)?.[1];
      if (address) { await browser.#connect(address); break; }
    }
    browser.#child.stderr.resume();
    return browser;
  }

  async #connect(address) {
    this.#socket = new WebSocket(address);
    await once(this.#socket, 'open');
    this.#socket.on('message', (data) => this.#hear(JSON.parse(data)));
    const { targetInfos } = await this.#call('Target.getTargets');
    const { targetId } = targetInfos.find(({ type }) => type === 'page');
    ({ sessionId: this.#session } = await this.#call('Target.attachToTarget', { targetId, flatten: true }));
    for (const domain of ['Page', 'Runtime', 'Log']) await this.#call(`${domain}.enable`);
  }

  #hear({ id, method, params, result, error }) {
    if (method === 'Runtime.exceptionThrown') this.complaints.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    if (method === 'Log.entryAdded' && params.entry.level === 'error') this.complaints.push(params.entry.text);
    if (id === undefined) return;
    const { resolve, reject } = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) reject(new Error(error.message));
    else resolve(result);
  }

  #call(method, params = {}) {
    return new Promise((resolve, reject) => {
      const id = this.#last += 1;
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params, ...(this.#session ? { sessionId: this.#session } : {}) }));
    });
  }

  async goTo(url) {
    await this.#call('Page.navigate', { url });
  }

  /** What an expression gives in the page. */
  async value(expression) {
    const { result, exceptionDetails } = await this.#call('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true, userGesture: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  async picture(name) {
    mkdirSync(PICTURES, { recursive: true });
    const { data } = await this.#call('Page.captureScreenshot', { format: 'png' });
    writeFileSync(join(PICTURES, `${name}.png`), Buffer.from(data, 'base64'));
  }

  async close() {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
    rmSync(this.#profile, { recursive: true, force: true });
  }
}
