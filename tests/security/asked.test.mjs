// Queries that are asked of SurrealDB with our rights show nobody what it would hide from him, and change nothing.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { RecordId } from 'surrealdb';
import { eventually } from '../harness/eventually.mjs';
import { Application, SECRET_TOKEN } from './application.mjs';
import { attack } from './attacks.mjs';

const INDEXES = `
  DEFINE ANALYZER words TOKENIZERS blank FILTERS lowercase;
  DEFINE INDEX secret_words ON secret FIELDS text FULLTEXT ANALYZER words BM25;
  DEFINE INDEX doc_words ON doc FIELDS title FULLTEXT ANALYZER words BM25;
  DEFINE INDEX user_words ON user FIELDS name FULLTEXT ANALYZER words BM25;
  DEFINE INDEX public_words ON public FIELDS title FULLTEXT ANALYZER words BM25 HIGHLIGHTS;
  DEFINE INDEX public_place ON public FIELDS place HNSW DIMENSION 2;
  UPDATE public:1 SET place = [1, 1];`;
const HIDDEN = ['code', 'of bob', SECRET_TOKEN, 'secret:1', 'secret:2', 'doc:bobs'];

let app;
let indexed = true;
before(async () => {
  app = await Application.open('security_asked');
  indexed = await app.root.query(INDEXES).collect().then(() => true, () => false);
});
after(() => app.stop());

let keys = 0;
const fresh = () => `asked${++keys}`;
const strangers = () => [['guest', app.guest], ['record user', app.ann]].filter(([who]) => who !== 'guest' || app.guestsAreIn);

/** Registering fails, and neither its failure nor what can be read afterwards tells of what is hidden. */
async function refused(db, surql, more = {}, hidden = HIDDEN) {
  const key = fresh();
  const outcome = await app.register(db, key, surql, more).then((answer) => ({ answer }), ({ message }) => ({ message }));
  assert.ok(outcome.message, `${surql} was answered: ${JSON.stringify(outcome.answer)}`);
  const told = JSON.stringify([outcome.message.replaceAll(surql, ''), await app.seen(db, key)]);
  for (const text of hidden) assert.ok(!told.includes(text), `${text} stands in ${told}`);
}

/** What there is of the application's own: nothing of it may change by being asked for. */
const everything = () => app.value(app.root, 'RETURN [(SELECT * FROM secret), (SELECT * FROM doc), (SELECT * FROM public), (SELECT * FROM user), (SELECT VALUE id FROM knows)]');

attack('guest, record user', 'rows of hidden tables by full-text search', async ({ attempt, skip }) => {
  if (!indexed) return skip('this SurrealDB has no such indexes');
  for (const [, db] of strangers())
    for (const surql of [
      "SELECT * FROM secret WHERE text @@ 'code'", "SELECT id FROM secret WHERE text @1@ 'code'", "SELECT * FROM secret:1..9 WHERE text @@ 'code'",
      "SELECT count() FROM secret WHERE text @@ 'code' GROUP ALL", "SELECT VALUE text FROM secret WHERE text @@ 'code'",
      "SELECT * FROM doc WHERE title @@ 'bob'", "SELECT token FROM doc WHERE title @@ 'open'", "SELECT * FROM user WHERE name @@ 'bob'",
      "SELECT * FROM public, secret WHERE title @@ 'all' OR text @@ 'code'", "SELECT * FROM unsaid WHERE text @@ 'nobody'",
    ]) await attempt(() => refused(db, surql));
});

attack('guest, record user', 'what links, sub-queries and functions reach from an open table', async ({ attempt, skip }) => {
  if (!indexed) return skip('this SurrealDB has no such indexes');
  const where = "FROM public WHERE title @@ 'all'";
  for (const [, db] of strangers())
    for (const surql of [
      `SELECT * ${where} FETCH secret`, `SELECT secret.text AS t ${where}`, `SELECT secret.* AS t ${where}`, `SELECT doc.token AS t ${where}`,
      `SELECT *, (SELECT * FROM secret) AS s ${where}`, `SELECT ->knows->secret.text AS s ${where}`, `SELECT ->knows->? AS s ${where}`,
      `SELECT secret:1.text AS s ${where}`, `SELECT { RETURN (SELECT * FROM secret) } AS s ${where}`, `SELECT { LET $s = secret:1; RETURN $s.text } AS s ${where}`,
      `SELECT type::record('secret', 1).text AS s ${where}`, `SELECT [1].map(|$x| (SELECT * FROM secret)) AS s ${where}`,
      `SELECT * ${where} AND secret.text = 'launch code'`, `SELECT * ${where} AND record::exists(secret:2)`, `SELECT * ${where} ORDER BY secret.text`,
      `SELECT * FROM (SELECT * FROM secret WHERE text @@ 'code')`, `SELECT *, search::highlight(secret.text, '>', 1) AS s FROM public WHERE title @1@ 'all'`,
      `SELECT * FROM public WHERE title @@ (SELECT VALUE text FROM ONLY secret:1)`, `SELECT * FROM public WHERE place <|1,40|> secret:1.place`,
      `SELECT * ${where} LIMIT (SELECT VALUE n FROM ONLY secret:1)`, `SELECT * FROM public VERSION (SELECT VALUE at FROM ONLY secret:1)`,
      `SELECT * FROM type::table('secret') WHERE text @@ 'code'`,
    ]) await attempt(() => refused(db, surql));
  await attempt(() => refused(app.ann, "SELECT * FROM $t WHERE text @@ 'code'", { params: { t: new RecordId('secret', 1) } }));
  const open = await app.register(app.ann, fresh(), "SELECT id, title FROM public WHERE title @@ 'all'");
  assert.deepEqual(open.rows.map(({ title }) => title), ['for all']);
  assert.equal(open.mode, 'asked');
});

attack('guest, record user', 'our tables and who we are', async ({ attempt }) => {
  const secret = String(app.storedSecret);
  for (const [, db] of strangers())
    for (const surql of [
      "SELECT * FROM _spooky_secret WHERE secret @@ 'a'", "SELECT secret FROM _spooky_secret:node VERSION d'2026-01-01T00:00:00Z'", "SELECT *, { FOR $x IN [1] { } } AS x FROM _spooky_secret",
      "SELECT $auth AS me FROM public WHERE title @@ 'all'", "SELECT $session AS me FROM public WHERE title @@ 'all'", "SELECT $token AS me FROM public WHERE title @@ 'all'",
      "SELECT session::id() AS me FROM public WHERE title @@ 'all'", "SELECT $access AS me FROM public WHERE title @@ 'all'",
    ]) await attempt(() => refused(db, surql, {}, [secret]));
  await attempt(() => refused(app.ann, "SELECT * FROM public WHERE title @@ 'all' AND $auth.id = 1", { params: { auth: { id: 1 } } }));
});

attack('guest, record user', 'what reaches outside, and syntax that nobody here knows', async ({ attempt }) => {
  const scheduler = app.cluster.scheduler.url;
  for (const [, db] of strangers())
    for (const surql of [
      `SELECT http::get('${scheduler}/health') AS page FROM public`, `SELECT http::head('${scheduler}/health') AS page FROM public`,
      "SELECT schema::table::exists('secret') AS there FROM public", 'SELECT { FOR $x IN [1] { $x } } AS x FROM public',
      'SELECT * FROM public FUTURE WORDS', "SELECT * FROM public WHERE title = 'a' FUTURE (SELECT * FROM secret)",
    ]) await attempt(() => refused(db, surql));
});

attack('guest, record user, viewer, system user', 'writing by a query that is asked', async ({ attempt }) => {
  const before = await everything();
  const writes = [
    "SELECT (DELETE secret) AS x FROM public WHERE title @@ 'all'", "SELECT * FROM public WHERE title @@ 'all'; DELETE secret", "SELECT * FROM public WHERE (CREATE secret).id AND title @@ 'all'",
    "SELECT { UPDATE public SET hacked = true } AS x FROM public WHERE title @@ 'all'", "SELECT { FOR $x IN [1] { DELETE secret } } AS x FROM public", "SELECT { FOR $x IN [1] { (UPSERT secret:9) } } AS x FROM public",
    "SELECT * FROM public FUTURE; DELETE secret", "SELECT { FOR $x IN [1] { } } AS x FROM public WHERE title = /'/; DELETE secret; SELECT '/'", "SELECT { FOR $x IN [1] { } } AS x FROM public -- '\n; DELETE secret --'",
    "SELECT { FOR $x IN [1] { } } AS x FROM public /* ' */; DELETE secret; /* ' */", "SELECT { FOR $x IN [1] { } } AS x FROM public WHERE title = '\\'; DELETE secret; '",
    "SELECT { FOR $x IN [1] { } } AS x FROM public # '\n; DELETE secret #'", "SELECT * FROM public WHERE title @@ 'all' } ; DELETE secret; {", "SELECT * FROM public WHERE title @1, DELETE secret @ 'all'",
    "SELECT fn::query::unregister('x') AS x FROM public WHERE title @@ 'all'", "SELECT * FROM public WHERE title @@ 'all' AND fn::query::register({}) != 1", "SELECT sleep(10s) AS x FROM public",
    "SELECT rand::uuid() AS x FROM public WHERE title @@ 'all'", "SELECT http::post('http://localhost') AS x FROM public", "SELECT function() { return 1; } AS x FROM public",
    "LIVE SELECT * FROM public WHERE title @@ 'all'", "SELECT * FROM public WHERE title @@ 'all' EXPLAIN", "SELECT { THROW 'x' } AS x FROM public",
    "SELECT * FROM public; REMOVE TABLE secret", "SELECT { FOR $x IN [1] { DEFINE USER me ON ROOT PASSWORD 'x' ROLES OWNER } } AS x FROM public",
  ];
  for (const db of [...strangers().map(([, one]) => one), app.viewer, app.editor, app.root])
    for (const surql of writes) await attempt(async () => {
      await refused(db, surql, {}, []);
      assert.deepEqual(await everything(), before, surql);
    });
});

attack('record user', 'rows that come after a permission was taken away', async ({ attempt, skip }) => {
  if (!indexed) return skip('this SurrealDB has no such indexes');
  const key = fresh();
  const answer = await app.register(app.ann, key, "SELECT id, title FROM public WHERE title @@ 'all'");
  assert.equal(answer.rowCount, 1);
  const record = new RecordId('_spooky_view', answer.view);
  const shown = () => app.value(app.root, 'SELECT VALUE [state, rowCount] FROM ONLY $record', { record });
  await app.root.query('DEFINE TABLE OVERWRITE public SCHEMALESS PERMISSIONS FOR select WHERE open = true').collect();
  await attempt(() => eventually(async () => assert.deepEqual(await shown(), ['error', 0]), 15_000));
  await app.root.query("CREATE public:hidden SET title = 'all hidden', place = [3, 3]").collect();
  const all = await app.register(app.root, fresh(), "SELECT id, title FROM public WHERE title @@ 'all' ORDER BY title");
  assert.equal(all.rowCount, 2);
  await attempt(async () => assert.ok(!JSON.stringify(await app.seen(app.ann, key)).includes('public:hidden')));
  await attempt(() => refused(app.ann, "SELECT id, title FROM public WHERE title @@ 'all'"));
  await app.root.query('DELETE public:hidden; DEFINE TABLE OVERWRITE public SCHEMALESS PERMISSIONS FULL').collect();
  await attempt(() => eventually(async () => assert.deepEqual(await shown(), ['ready', 1]), 15_000));
});
