// A stream shows its view's rows to who has a token for it, and to nobody else, nor for longer.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { after, before } from 'node:test';
import { eventually } from '../harness/eventually.mjs';
import { post } from '../harness/http.mjs';
import { RawStream } from '../harness/streams.mjs';
import { RecordId } from 'surrealdb';
import { Application, NODE_SECRET, SECRET_TOKEN } from './application.mjs';
import { attack } from './attacks.mjs';

let app;
let anns;
let bobs;
let guests;

before(async () => {
  app = await Application.open('security_streams', { SPOOKY_SSP_STREAMS_TOKEN_LIFETIME_SECS: '6' });
  await refresh();
});
after(() => app.stop());

async function refresh() {
  anns = await app.register(app.ann, 'streamed', 'SELECT * FROM doc');
  bobs = await app.register(app.bob, 'streamed', 'SELECT * FROM doc');
  guests = app.guestsAreIn ? await app.register(app.guest, 'streamed', 'SELECT * FROM doc') : undefined;
}

const origins = () => [app.cluster.ssps[0].url, app.cluster.scheduler.url];
const pathOf = ({ view }) => `/view/${encodeURIComponent(view)}/live?rows=true`;

/** Nothing but a refusal comes. */
async function isRefused(url, status = 401) {
  const stream = new RawStream(url);
  assert.deepEqual(await stream.ended, { status });
  assert.deepEqual(stream.messages, []);
}

/** What a token that somebody made himself would look like. */
const forged = (key, view, end) => `${end}.${createHmac('sha256', key).update(`${end}.${view}`).digest('hex')}`;

attack('whoever reaches the listeners', 'a token that is made up', async ({ attempt }) => {
  const later = Math.floor(Date.now() / 1000) + 1000;
  const [end, signature] = anns.stream_token.split('.');
  for (const origin of origins()) {
    for (const token of [
      '', '.', '0', `${later}`, `${later}.`, `${later}.${signature}`, `${Number(end) + 1}.${signature}`, ` ${end}.${signature}`, `${end}.${signature} `, `+${end}.${signature}`,
      `${end}.${signature.slice(0, -1)}`, `${end}.${signature}0`, `-1.${signature}`, `99999999999999999999.${signature}`, `${end}.${'0'.repeat(signature.length)}`,
      forged('', anns.view, later), forged('spooky stream', anns.view, later), forged(anns.stream_token, anns.view, later), forged(app.storedSecret, anns.view, later),
    ]) await attempt(() => isRefused(`${origin}${pathOf(anns)}&token=${encodeURIComponent(token)}`));
    await attempt(() => isRefused(`${origin}${pathOf(anns)}`));
  }
});

attack('record user, guest', 'another\'s view of the same query, by a token of his own', async ({ attempt }) => {
  const mine = [bobs, guests].filter(Boolean);
  for (const origin of origins())
    for (const { stream_token: token } of mine) {
      await attempt(() => isRefused(`${origin}${pathOf(anns)}&token=${token}`));
      // The system's view of the query would be called as the query itself.
      await attempt(() => isRefused(`${origin}/view/streamed/live?rows=true&token=${token}`));
      await attempt(async () => {
        const many = new RawStream(`${origin}/live`);
        await once(many.socket, 'open');
        many.say({ type: 'subscribe', view: anns.view, token, rows: true });
        many.say({ type: 'renew', view: anns.view, token: anns.stream_token });
        many.say({ type: 'subscribe', view: anns.view, rows: true });
        await many.message(2);
        assert.deepEqual(many.messages.map(({ type, reason, code }) => reason ?? code ?? type), ['refused', 'NOT_FOUND', 'refused']);
        many.cut();
      });
    }
});

attack('record user, guest, network neighbour', 'nodes and rows of another\'s view by its Merkle tree', async ({ attempt }) => {
  const [origin] = origins();
  const url = ({ view }) => `${origin}/view/${encodeURIComponent(view)}/merkle`;
  const tokens = [bobs, guests].filter(Boolean).map(({ stream_token: token }) => token);
  for (const target of [anns, { view: 'streamed' }])
    for (const headers of [{}, { authorization: 'Bearer guess' }, ...tokens.map((token) => ({ authorization: `Bearer ${token}` }))])
      for (const body of [{}, { nodes: [''] }, { rows: ['doc:anns'] }]) await attempt(async () => {
        const { status, text } = await post(url(target), body, { headers });
        assert.equal(status, 401, text);
        assert.ok(!text.includes('hash'), text);
      });
  await attempt(async () => {
    const { json } = await post(`${url(bobs)}?token=${bobs.stream_token}`, { rows: ['doc:anns', 'secret:1', 'doc:bobs'], nodes: [''] });
    const told = JSON.stringify(json);
    assert.ok(!told.includes('secret:1') && !told.includes('doc:anns'), told);
    assert.deepEqual(json.rows.map(([id]) => id), ['doc:bobs']);
  });
});

attack('record user', 'another\'s rows, or fields that nobody may see, in a stream of his own', async ({ attempt }) => {
  await refresh();
  for (const origin of origins())
    await attempt(async () => {
      const stream = new RawStream(`${origin}${pathOf(bobs)}&token=${bobs.stream_token}`);
      await stream.message(0);
      await app.cluster.query('UPDATE doc:anns SET title = "still of ann"; UPDATE doc:bobs SET title = rand::ulid()');
      assert.equal((await stream.message(1)).type, 'delta');
      const told = JSON.stringify(stream.messages);
      assert.ok(told.includes('doc:bobs') && !told.includes('doc:anns') && !told.includes(SECRET_TOKEN), told);
      stream.cut();
    });
});

attack('record user, deleted account', 'a stream that goes on after its token has ended', async ({ attempt }) => {
  await refresh();
  const token = bobs.stream_token;
  const open = origins().map((origin) => new RawStream(`${origin}${pathOf(bobs)}&token=${token}`));
  await Promise.all(open.map((stream) => stream.message(0)));
  for (const stream of open)
    await attempt(async () => {
      stream.say({ type: 'renew', view: bobs.view, token });
      stream.say({ type: 'renew', view: bobs.view, token: anns.stream_token });
      assert.deepEqual(await stream.ended, { code: 4401, reason: 'expired' });
    });
  for (const origin of origins()) {
    await attempt(() => isRefused(`${origin}${pathOf(bobs)}&token=${token}`));
    await attempt(async () => {
      const many = new RawStream(`${origin}/live`);
      await once(many.socket, 'open');
      many.say({ type: 'subscribe', view: bobs.view, token });
      assert.equal((await many.message(0)).reason, 'refused');
      many.cut();
    });
  }
});

attack('record user', 'a stream of a view that has ended', async ({ attempt }) => {
  await refresh();
  const open = origins().map((origin) => new RawStream(`${origin}${pathOf(bobs)}&token=${bobs.stream_token}`));
  await Promise.all(open.map((stream) => stream.message(0)));
  await app.value(app.bob, 'RETURN fn::query::unregister($id)', { id: new RecordId('_spooky_query', 'streamed') });
  for (const stream of open) await attempt(async () => assert.equal((await stream.ended).code, 4404));
  for (const origin of origins())
    await attempt(() => eventually(() => isRefused(`${origin}${pathOf(bobs)}&token=${bobs.stream_token}`, 404), 3_000));
});

attack('whoever reaches the listeners', 'a stream by the secret of the database, or none', async ({ attempt }) => {
  for (const origin of origins())
    for (const secret of [app.storedSecret, `${NODE_SECRET}0`, ''])
      await attempt(async () => {
        const answer = await fetch(`${origin}${pathOf(anns)}`, { headers: { accept: 'text/event-stream', authorization: `Bearer ${secret}` } });
        assert.ok([401, 403].includes(answer.status), String(answer.status));
        await answer.body?.cancel();
      });
  await attempt(async () => {
    const { status } = await post(`${app.cluster.ssps[0].url}/view/release`, { view: anns.view, to: 'http://evil.example' }, { headers: { authorization: `Bearer ${app.storedSecret}` } });
    assert.equal(status, 403);
  });
});
