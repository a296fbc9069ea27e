// The views under test: every kind the engine keeps, over the tables of the application. A list of any
// length is a function of the seed; the kinds come in turn.
import { createHash } from 'node:crypto';
import { RecordId } from 'surrealdb';
import { PEOPLE, TEAMS, TOPICS } from './application.mjs';
import { Random } from './random.mjs';

const someone = (random) => new RecordId('person', `p${random.between(0, PEOPLE - 1)}`);

/**
 * Each kind: a query and its parameters. `ordered`: the query decides the rows' order. `related`: the
 * aliases under which rows of other tables appear, each with an edge of its own.
 */
const KINDS = {
  'equality': (r) => ({ surql: 'SELECT * FROM post WHERE topic = $topic AND open = $open AND score >= $score',
    params: { topic: r.pick(TOPICS), open: r.chance(0.7), score: r.between(0, 60) } }),
  'by link': (r) => ({ surql: 'SELECT * FROM post WHERE author = $author', params: { author: someone(r) } }),
  'range': (r) => {
    const from = r.between(0, 90);
    return { surql: 'SELECT id, title, score FROM post WHERE score > $from AND score <= $to', params: { from, to: from + r.between(2, 12) } };
  },
  'list': (r) => ({ surql: 'SELECT * FROM reply WHERE author IN $authors AND votes > $votes',
    params: { authors: [someone(r), someone(r), someone(r)], votes: r.between(0, 12) } }),
  'top-k': (r) => ({ surql: 'SELECT * FROM post WHERE topic = $topic ORDER BY score DESC, id LIMIT $limit START $start', ordered: true,
    params: { topic: r.pick(TOPICS), limit: r.between(1, 12), start: r.pick([0, 0, 0, 2, 5]) } }),
  'ordered text': (r) => ({ surql: 'SELECT id, name, score FROM person WHERE team = $team ORDER BY name, id', ordered: true, params: { team: r.pick(TEAMS) } }),
  'related': (r) => ({ surql: 'SELECT *, (SELECT * FROM reply WHERE post = $parent.id ORDER BY votes DESC, id LIMIT 3) AS replies FROM post WHERE topic = $topic AND score > $score', related: { replies: {} },
    params: { topic: r.pick(TOPICS), score: r.between(20, 90) } }),
  'related one': (r) => ({ surql: 'SELECT *, (SELECT * FROM person WHERE id = $parent.author LIMIT 1)[0] AS writer FROM post WHERE score >= $score AND topic = $topic', related: { writer: {} },
    params: { topic: r.pick(TOPICS), score: r.between(40, 95) } }),
  'nested': (r) => ({ surql: 'SELECT id, name, (SELECT id, title, (SELECT id, votes FROM reply WHERE post = $parent.id) AS replies FROM post WHERE author = $parent.id) AS posts FROM person WHERE id = $who', related: { posts: { replies: {} } },
    params: { who: someone(r) } }),
  'groups': (r) => ({ surql: 'SELECT topic, count() AS posts, math::sum(score) AS score, math::max(score) AS best, math::sum(weight) AS weight FROM post WHERE open = $open AND score > $score GROUP BY topic ORDER BY topic',
    ordered: true, params: { open: r.chance(0.5), score: r.between(0, 50) } }),
  'total': (r) => ({ surql: 'SELECT count() AS replies, math::sum(votes) AS votes FROM reply WHERE author = $author GROUP ALL', params: { author: someone(r) } }),
  'link filter': (r) => ({ surql: 'SELECT * FROM post WHERE author.team = $team AND author.active = true AND score > $score',
    params: { team: r.pick(TEAMS), score: r.between(20, 90) } }),
  'link value': (r) => ({ surql: 'SELECT id, title, author.name AS writer, post FROM reply, post WHERE author = $author ORDER BY id',
    params: { author: someone(r) }, ordered: true }),
  'link order': (r) => ({ surql: 'SELECT id, votes, author.name AS writer FROM reply WHERE votes > $votes ORDER BY writer, id LIMIT 8', ordered: true,
    params: { votes: r.between(5, 18) } }),
  'graph out': (r) => ({ surql: 'SELECT id, name, ->likes->post AS liked FROM person WHERE team = $team AND score > $score',
    params: { team: r.pick(TEAMS), score: r.between(0, 40) } }),
  'graph in': (r) => ({ surql: 'SELECT id, title, count(<-likes<-person) AS fans FROM post WHERE topic = $topic AND score > $score',
    params: { topic: r.pick(TOPICS), score: r.between(20, 90) } }),
  'edge rows': (r) => ({ surql: 'SELECT * FROM likes WHERE strength >= $strength AND in = $who', params: { strength: r.between(1, 6), who: someone(r) } }),
  'array': (r) => ({ surql: 'SELECT * FROM post WHERE tags CONTAINS $tag AND topic = $topic AND score < $score',
    params: { tag: r.pick(['x', 'y', 'z', 'u', 'v']), topic: r.pick(TOPICS), score: r.between(20, 80) } }),
};

export const KIND_NAMES = Object.keys(KINDS);

/** The `number`-th view of this seed: `{ key, id, kind, surql, params, ordered, related, number }`; never twice the same. */
export function viewAt(seed, number) {
  const kind = KIND_NAMES[number % KIND_NAMES.length];
  const random = new Random(seed, 'view', number);
  const { surql, params, ordered = false, related } = KINDS[kind](random);
  // An own parameter makes each one a view of its own, also where two queries happen to be the same.
  const own = { ...params, view: number };
  const key = createHash('sha256').update(JSON.stringify({ surql, params: own })).digest('hex');
  return { key, id: new RecordId('_spooky_query', key), kind, surql, params: own, ordered, related, number };
}
