// One client of the application: it writes records of its own, one operation after another, and keeps
// account of what the database acknowledged.
import { setTimeout as pause } from 'node:timers/promises';
import { DateTime, Decimal, RecordId } from 'surrealdb';
import { DatabaseClient, OutcomeUnknown, Refused } from '../../harness/database_client.mjs';
import { PEOPLE, TEAMS, TOPICS } from './application.mjs';
import { Ledger } from './ledger.mjs';
import { Random } from './random.mjs';

const PAUSE_MS = [20, 100];
const PAUSE_WHEN_REFUSED_MS = 200;
const FEWEST_POSTS = 60;
const MOST_POSTS = 90;

/** What the client does, and how often relative to the others. */
const WEIGHTS = {
  score: 8, move: 4, person: 4, writePost: 4, deletePost: 3, writeReply: 6, voteReply: 4, deleteReply: 4,
  like: 4, unlike: 2, thread: 4, crowd: 1,
};

export class Writer {
  ledger = new Ledger();
  counts = { acknowledged: 0, refused: 0, unknown: 0, transactions: 0 };
  #random;
  #stamp = 0;
  #created = 0;
  #running;
  #stopping = false;

  constructor(number, clients, seed, addr, names) {
    Object.assign(this, { number, clients });
    this.#random = new Random(seed, 'writer', number);
    this.db = new DatabaseClient(addr, names);
  }

  /** Writes the first records of this client: its share of the people, and some posts with replies. */
  async seed() {
    for (let n = this.number; n < PEOPLE; n += this.clients) await this.#commit([this.#personPut(n)]);
    for (let n = 0; n < FEWEST_POSTS; n++) await this.#commit(this.#threadWith(this.#random.between(0, 3)));
    for (let n = 0; n < FEWEST_POSTS; n++) await this.#commit(this.like());
  }

  start() {
    this.#stopping = false;
    this.#running = this.#run();
  }

  async stop() {
    this.#stopping = true;
    await this.#running;
  }

  async #run() {
    while (!this.#stopping) {
      const { length: posts } = this.#own('post');
      const kind = posts < FEWEST_POSTS ? 'thread' : posts > MOST_POSTS ? 'deletePost' : this.#random.weighted(WEIGHTS);
      const wait = this.#random.between(...PAUSE_MS);
      await this.#attempt(this[kind]());
      await pause(wait);
    }
  }

  async #attempt(writes) {
    if (writes.length === 0) return;
    try {
      await this.#commit(writes);
      this.counts.acknowledged++;
      if (writes.length > 1) this.counts.transactions++;
    } catch (failure) {
      if (failure instanceof OutcomeUnknown) {
        this.counts.unknown++;
        this.ledger.uncertain(writes);
      } else if (failure instanceof Refused) {
        this.counts.refused++;
      } else {
        throw failure;
      }
      await pause(PAUSE_WHEN_REFUSED_MS);
    }
  }

  /** All of `writes` in one transaction. */
  async #commit(writes) {
    const vars = {};
    const statements = writes.map(({ id, content, relation }, n) => {
      vars[`id${n}`] = id;
      vars[`content${n}`] = content;
      if (content === undefined) return `DELETE $id${n} RETURN NONE;`;
      if (relation) return `INSERT RELATION INTO likes $content${n} ON DUPLICATE KEY UPDATE strength = $input.strength, stamp = $input.stamp RETURN NONE;`;
      return `UPSERT $id${n} CONTENT $content${n} RETURN NONE;`;
    });
    const text = writes.length > 1 ? `BEGIN; ${statements.join(' ')} COMMIT;` : statements[0];
    await this.db.query(text, vars);
    this.ledger.acknowledged(writes);
  }

  // -- operations: each gives the writes of one transaction -------------------------------------

  score() { return this.#change('post', (post) => ({ ...post, score: this.#random.between(0, 100) })); }

  move() {
    return this.#change('post', (post) => ({ ...post, topic: this.#random.pick(TOPICS), open: this.#random.chance(0.7) }));
  }

  voteReply() { return this.#change('reply', (reply) => ({ ...reply, votes: reply.votes + this.#random.between(-2, 5) })); }

  person() {
    return [this.#personPut(this.number + this.clients * this.#random.between(0, Math.floor((PEOPLE - 1 - this.number) / this.clients)))];
  }

  writePost() { return this.#threadWith(0); }

  thread() { return this.#threadWith(this.#random.between(1, 4)); }

  /** One large transaction: every reply of this client in one stroke. */
  crowd() {
    return this.#own('reply').slice(0, 60).map(([key, reply]) => this.#put('reply', key, { ...reply, votes: reply.votes + 1 }));
  }

  deletePost() {
    const post = this.#any('post');
    if (!post) return [];
    // Relations go with what they relate; the replies are this client's own to delete.
    const related = [...this.ledger.entries('reply').filter(([, reply]) => String(reply.post) === String(post.id)),
      ...this.ledger.entries('likes').filter(([, like]) => String(like.out) === String(post.id))];
    return [...related.map(([, { id }]) => ({ id, content: undefined })), { id: post.id, content: undefined }];
  }

  writeReply() {
    const post = this.#any('post');
    return post ? [this.#replyTo(post.id)] : [];
  }

  deleteReply() {
    const reply = this.#any('reply');
    return reply ? [{ id: reply.id, content: undefined }] : [];
  }

  like() {
    const post = this.#any('post');
    if (!post) return [];
    const who = this.#random.between(0, PEOPLE - 1);
    const id = new RecordId('likes', `${post.id.id}_${who}`);
    const content = { id, in: new RecordId('person', `p${who}`), out: post.id, strength: this.#random.between(1, 10), stamp: ++this.#stamp };
    return [{ id, content, relation: true }];
  }

  unlike() {
    const like = this.#any('likes');
    return like ? [{ id: like.id, content: undefined }] : [];
  }

  // -- records -----------------------------------------------------------------------------------

  #put(table, key, fields) {
    const id = new RecordId(table, key);
    return { id, content: { ...fields, id, stamp: ++this.#stamp } };
  }

  #personPut(n) {
    return this.#put('person', `p${n}`, {
      name: `Person ${this.#random.between(1, 40)}`, team: this.#random.pick(TEAMS),
      active: this.#random.chance(0.7), score: this.#random.between(0, 50),
    });
  }

  #threadWith(replies) {
    const post = this.#put('post', `c${this.number}n${++this.#created}`, {
      title: `Title ${this.#random.between(1, 500)}`, author: new RecordId('person', `p${this.#random.between(0, PEOPLE - 1)}`),
      topic: this.#random.pick(TOPICS), score: this.#random.between(0, 100), weight: new Decimal(`${this.#random.between(0, 500)}`),
      open: this.#random.chance(0.7), tags: [this.#random.pick(['x', 'y', 'z']), this.#random.pick(['u', 'v'])],
      at: new DateTime(`2026-01-${String(this.#random.between(1, 28)).padStart(2, '0')}T00:00:00.123456Z`),
    });
    return [post, ...Array.from({ length: replies }, () => this.#replyTo(post.id))];
  }

  #replyTo(post) {
    return this.#put('reply', `c${this.number}n${++this.#created}`, {
      post, author: new RecordId('person', `p${this.#random.between(0, PEOPLE - 1)}`),
      text: `Text ${this.#random.between(1, 50)}`, votes: this.#random.between(0, 20),
    });
  }

  #own(table) { return this.ledger.entries(table); }

  #any(table) {
    const own = this.#own(table);
    return own.length > 0 ? this.#random.pick(own)[1] : undefined;
  }

  #change(table, how) {
    const record = this.#any(table);
    return record ? [this.#put(table, record.id.id, how(record))] : [];
  }
}
