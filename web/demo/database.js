// As much of a client of SurrealDB as the page needs: its RPC as JSON over one WebSocket.

export class Database {
  #socket;
  #waiting = new Map();
  #last = 0;

  static async open({ url, ns, db, user, pass }, onClose) {
    const database = new Database();
    await database.#connect(url, onClose);
    await database.call('signin', [{ user, pass }]);
    await database.call('use', [ns, db]);
    return database;
  }

  #connect(url, onClose) {
    return new Promise((resolve, reject) => {
      this.#socket = new WebSocket(url, 'json');
      this.#socket.onopen = resolve;
      this.#socket.onmessage = ({ data }) => this.#hear(JSON.parse(data));
      this.#socket.onclose = () => {
        reject(new Error(`${url} cannot be reached`));
        for (const { reject: fail } of this.#waiting.values()) fail(new Error('the connection has ended'));
        this.#waiting.clear();
        onClose();
      };
    });
  }

  #hear({ id, result, error }) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) waiting?.reject(new Error(error.message));
    else waiting?.resolve(result);
  }

  call(method, params) {
    return new Promise((resolve, reject) => {
      const id = String(this.#last += 1);
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  /** The last statement's result. */
  async query(text, vars = {}) {
    const { status, result } = (await this.call('query', [text, vars])).at(-1);
    if (status !== 'OK') throw new Error(result);
    return result;
  }

  close() {
    this.#socket.close();
  }
}
