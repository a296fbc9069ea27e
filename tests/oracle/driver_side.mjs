// Our half of the oracle: the C++ driver as a child process, one JSON line per command and answer.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export class DriverSide {
  #child;
  #waiting = [];
  #ended = null;

  constructor(program, version) {
    this.#child = spawn(program, [version], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#waiting.shift().resolve(JSON.parse(line)));
    this.#child.on('exit', (code, signal) => {
      this.#ended = new DriverCrash(`the driver ended with ${signal ?? code}`);
      for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
    });
    this.#child.stdin.on('error', () => {});
  }

  command(op, fields = {}) {
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin.write(`${JSON.stringify({ op, ...fields })}\n`);
    });
  }

  get alive() { return this.#ended === null; }

  close() { this.#child.stdin.end(); }
}

export class DriverCrash extends Error {}
