// One WebSocket to an SSP that carries many views.

/** `url` is the address under which the SSP serves `/live`. `onClose` is called once, at its end. */
export class Connection {
  #socket;
  #listeners = new Map();
  #unsent = [];
  #onClose;
  closed = false;

  constructor(url, WebSocket, onClose) {
    this.url = url;
    this.#onClose = onClose;
    this.#socket = new WebSocket(url);
    this.#socket.onopen = () => { for (const text of this.#unsent.splice(0)) this.#socket.send(text); };
    this.#socket.onmessage = ({ data }) => this.#hear(JSON.parse(data));
    this.#socket.onclose = () => this.#end('the connection has ended');
    this.#socket.onerror = () => this.#end('the connection failed');
  }

  carries(view) {
    return this.#listeners.has(view);
  }

  /** `listener` has `heard(message)` and `lost(reason)`; one for each view. */
  subscribe(view, { token, since }, listener) {
    this.#listeners.set(view, listener);
    this.#say({ type: 'subscribe', view, token, since, rows: true });
  }

  renew(view, token) {
    this.#say({ type: 'renew', view, token });
  }

  /** The last view's end ends the connection. */
  unsubscribe(view, listener) {
    if (this.#listeners.get(view) !== listener) return;
    this.#listeners.delete(view);
    if (this.#listeners.size === 0) this.close();
    else this.#say({ type: 'unsubscribe', view });
  }

  close() {
    this.#socket.close();
    this.#end('the connection was closed');
  }

  #say(message) {
    const text = JSON.stringify(message);
    if (this.#socket.readyState === 1) this.#socket.send(text);
    else if (!this.closed) this.#unsent.push(text);
  }

  #hear(message) {
    const listener = this.#listeners.get(message.view);
    if (message.type === 'end') this.#listeners.delete(message.view);
    listener?.heard(message);
  }

  #end(reason) {
    if (this.closed) return;
    this.closed = true;
    this.#onClose();
    const listeners = [...this.#listeners.values()];
    this.#listeners.clear();
    for (const listener of listeners) listener.lost(reason);
  }
}
