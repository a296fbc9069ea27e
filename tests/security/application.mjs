// The application that is attacked: secrets, documents with owners, and users who sign up.
import assert from 'node:assert/strict';
import { RecordId } from 'surrealdb';
import { Cluster, NAMESPACE } from '../harness/cluster.mjs';
import { eventually } from '../harness/eventually.mjs';
import { get, post } from '../harness/http.mjs';
import { connect } from '../surrealdb/client.mjs';
import { serverProgram, startRealServer } from '../surrealdb/real_server.mjs';
import { startSurrealdb } from '../surrealdb/start.mjs';

export const SECRET_TOKEN = 'k7Qz81mmPw';
/** What nodes and operators show. */
export const NODE_SECRET = 'node-secret-0815';

const DEFINITIONS = `
  DEFINE TABLE user SCHEMALESS PERMISSIONS FOR select WHERE id = $auth.id;
  DEFINE FIELD pass ON user PERMISSIONS FOR select NONE;
  DEFINE ACCESS app ON DATABASE TYPE RECORD
    SIGNUP (CREATE user SET name = $name, pass = crypto::argon2::generate($name))
    SIGNIN (SELECT * FROM user WHERE name = $name);
  DEFINE TABLE secret SCHEMALESS PERMISSIONS NONE;
  DEFINE TABLE unsaid SCHEMALESS;
  DEFINE TABLE cuser SCHEMALESS;
  DEFINE TABLE doc SCHEMALESS PERMISSIONS FOR select WHERE open = true OR owner = $auth.id;
  DEFINE FIELD token ON doc PERMISSIONS FOR select NONE;
  DEFINE TABLE public SCHEMALESS PERMISSIONS FULL;
  DEFINE TABLE knows TYPE RELATION PERMISSIONS FULL;
`;
const RECORDS = `
  CREATE secret:1 SET text = 'launch code', n = 1;
  CREATE secret:2 SET text = 'spare code', n = 2;
  CREATE unsaid:1 SET text = 'nobody said who may see this';
  CREATE cuser:1 SET name = 'carl', pass = 'argon2 of carl';
  CREATE doc:open SET title = 'open', open = true, token = '${SECRET_TOKEN}', rank = 1;
  CREATE doc:anns SET title = 'of ann', owner = $ann, token = '${SECRET_TOKEN}', rank = 2;
  CREATE doc:bobs SET title = 'of bob', owner = $bob, token = '${SECRET_TOKEN}', rank = 3;
  CREATE public:1 SET title = 'for all', secret = secret:1, doc = doc:bobs;
  RELATE public:1->knows->secret:1; RELATE public:1->knows->doc:open;
`;

/** The newest SurrealDB there is; the embedded one lets no guest in. */
function start(options) {
  const program = process.env.SURREALDB_ADDR ? null : serverProgram();
  return program ? startRealServer(program) : startSurrealdb(options);
}

/** A cluster whose database holds the application, with ann, bob and a guest connected to it. */
export class Application {
  /** `settings`: of the SSP, besides. */
  static async open(name, settings = {}) {
    const app = new Application();
    app.cluster = await Cluster.open(name, start);
    const { cluster } = app;
    await cluster.query(DEFINITIONS);
    const secret = { SPOOKY_AUTH_SECRET: NODE_SECRET };
    await cluster.addScheduler(secret);
    await cluster.addSsp({ ...secret, ...settings });
    await cluster.ready();
    app.root = cluster.db;
    await app.schemaIsInstalled();
    app.storedSecret = await app.value(app.root, 'SELECT VALUE secret FROM ONLY _spooky_secret:node');
    app.ann = await app.signup('ann');
    app.bob = await app.signup('bob');
    app.guest = await app.connect();
    app.guestsAreIn = await app.value(app.guest, 'RETURN true').catch(() => false);
    app.annId = await app.value(app.ann, 'RETURN $auth.id');
    app.bobId = await app.value(app.bob, 'RETURN $auth.id');
    app.editor = await app.systemUser('editor');
    app.viewer = await app.systemUser('viewer');
    await cluster.db.query(RECORDS, { ann: app.annId, bob: app.bobId }).collect();
    return app;
  }

  /** Both processes install the definitions: a registration meanwhile may have to be repeated. */
  async schemaIsInstalled() {
    const id = new RecordId('_spooky_query', 'first');
    await eventually(() => this.register(this.root, 'first', 'SELECT * FROM public'), 20_000);
    await eventually(() => this.value(this.root, 'RETURN fn::query::unregister($id)', { id }), 10_000);
    await eventually(async () => assert.deepEqual(await this.value(this.root, 'SELECT VALUE id FROM _spooky_view'), []), 10_000);
  }

  scope() {
    return { namespace: NAMESPACE, database: this.cluster.database };
  }

  connect() {
    return connect(this.cluster.surrealdb.addr, { ...this.scope(), authentication: null });
  }

  async signup(name) {
    const db = await this.connect();
    await db.signup({ ...this.scope(), access: 'app', variables: { name } });
    (this.users ??= []).push(db);
    return db;
  }

  /** One more session of who has signed up. */
  async signin(name) {
    const db = await this.connect();
    await db.signin({ ...this.scope(), access: 'app', variables: { name } });
    this.users.push(db);
    return db;
  }

  /** A user of the database itself, with that role. */
  async systemUser(role) {
    await this.cluster.query(`DEFINE USER ${role} ON DATABASE PASSWORD '${role}' ROLES ${role.toUpperCase()}`);
    const db = await connect(this.cluster.surrealdb.addr, { ...this.scope(), authentication: { ...this.scope(), username: role, password: role } });
    (this.users ??= []).push(db);
    return db;
  }

  /** A request to the scheduler or the SSP, with that secret; null: none. */
  ask(method, url, body, secret = null) {
    const headers = secret === null ? {} : { authorization: `Bearer ${secret}` };
    return method === 'GET' ? get(url, { headers }) : post(url, body, { headers });
  }

  /** An unauthenticated request to the database's own HTTP interface. */
  async sqlAsGuest(text) {
    const { namespace, database } = this.scope();
    const answer = await fetch(`http://${this.cluster.surrealdb.addr}/sql`, {
      method: 'POST', body: text, headers: { accept: 'application/json', 'surreal-ns': namespace, 'surreal-db': database } });
    return answer.text();
  }

  /** The result of the last statement. */
  async value(db, text, vars) {
    return (await db.query(text, vars).collect()).at(-1);
  }

  /** What registering answers, rows and all. */
  register(db, key, surql, more = {}) {
    return this.value(db, 'RETURN fn::query::register($view)', {
      view: { id: new RecordId('_spooky_query', key), surql, ttl: '10m', ...more },
    });
  }

  /** What the user reads of a query afterwards: edges, and the query's record. */
  async seen(db, key) {
    const [edges, record] = await db.query(
      'SELECT VALUE <string>out FROM _spooky_list_ref WHERE in = $id; SELECT * FROM ONLY $id',
      { id: new RecordId('_spooky_query', key) }).collect();
    return { edges: edges.sort(), record };
  }

  async stop() {
    await Promise.all([...(this.users ?? []), this.guest].filter(Boolean).map((db) => db.close()));
    await this.cluster.stop();
  }
}
