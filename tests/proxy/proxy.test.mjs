// Each way of failing is what it says: the chaos tests judge by it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../harness/eventually.mjs';
import { Proxy } from './proxy.mjs';

let server;
let proxy;
const served = new Set();

before(async () => {
  server = createServer((socket) => {
    served.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => served.delete(socket));
    socket.pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
after(() => server.close());
beforeEach(async () => { proxy = await new Proxy('link', `127.0.0.1:${server.address().port}`).start(); });
afterEach(() => proxy.stop());

/** A client of the echo server through the proxy that keeps what it hears. */
async function client() {
  const [host, port] = proxy.addr.split(':');
  const socket = createConnection({ host, port: Number(port) });
  const heard = { text: '', error: undefined, closed: false };
  socket.on('data', (bytes) => { heard.text += bytes; });
  socket.on('error', (error) => { heard.error = error.code; });
  socket.on('close', () => { heard.closed = true; });
  await once(socket, 'connect');
  return { socket, heard };
}

const hears = (heard, text) => eventually(() => assert.equal(heard.text, text));

test('a healthy link carries bytes both ways, and the end of them', async () => {
  const { socket, heard } = await client();
  const long = 'x'.repeat(3 << 20);
  socket.end(long);
  await hears(heard, long);
  await eventually(() => assert.ok(heard.closed));
  await eventually(() => assert.equal(served.size, 0));
});

test('a cut link resets what is open and what is tried, until it is healed', async () => {
  const { socket, heard } = await client();
  socket.write('a');
  await hears(heard, 'a');
  proxy.cut();
  await eventually(() => assert.ok(heard.closed));
  await eventually(() => assert.equal(served.size, 0));
  const second = await client().catch((error) => error);
  if (!(second instanceof Error)) await eventually(() => assert.equal(second.heard.closed, true));
  proxy.heal();
  const third = await client();
  third.socket.write('b');
  await hears(third.heard, 'b');
  third.socket.destroy();
});

test('a stalled link keeps its connections and delivers late, in order', async () => {
  const { socket, heard } = await client();
  socket.write('1');
  await hears(heard, '1');
  proxy.stall();
  socket.write('2');
  const second = await client();
  second.socket.write('new');
  await pause(100);
  assert.deepEqual([heard.text, second.heard.text, heard.closed], ['1', '', false]);
  socket.write('3');
  proxy.heal();
  await hears(heard, '123');
  await hears(second.heard, 'new');
  socket.destroy();
  second.socket.destroy();
});

test('a half-open link looks alive to the client and is dead to the server', async () => {
  const { socket, heard } = await client();
  socket.write('1');
  await hears(heard, '1');
  proxy.halfOpen();
  await eventually(() => assert.equal(served.size, 0));
  socket.write('lost');
  await pause(100);
  assert.deepEqual([heard.text, heard.closed], ['1', false]);
  proxy.heal();
  await pause(50);
  assert.equal(heard.closed, false, 'nobody has told the client yet');
  socket.write('more');
  await eventually(() => assert.ok(heard.closed));
  assert.equal(heard.text, '1');
});

test('a slow link delays every message and keeps their order', async () => {
  proxy.slow({ delayMs: 60, jitterMs: 60 });
  const { socket, heard } = await client();
  const began = performance.now();
  for (let n = 0; n < 20; n++) {
    socket.write(String.fromCharCode(97 + n));
    await pause(2);
  }
  await hears(heard, 'abcdefghijklmnopqrst');
  assert.ok(performance.now() - began >= 120, 'there and back took two delays');
  socket.destroy();
});

test('a throttled link carries no more than it may, and holds the sender back', async () => {
  proxy.slow({ bytesPerSecond: 1 << 20 });
  const { socket, heard } = await client();
  const bytes = 300 << 10;
  const began = performance.now();
  socket.write('y'.repeat(bytes));
  await eventually(() => assert.equal(heard.text.length, bytes), 10_000);
  const seconds = (performance.now() - began) / 1000;
  assert.ok(seconds > 0.2, `300 KiB at 1 MiB/s took ${seconds.toFixed(2)} s`);
  socket.destroy();
});

test('a target that is away refuses the connection', async () => {
  proxy.target = '127.0.0.1:1';
  const { heard } = await client().catch(() => ({ heard: { closed: true } }));
  await eventually(() => assert.ok(heard.closed));
});
