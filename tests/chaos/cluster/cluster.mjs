// The cluster under test: every link between two processes goes through a proxy of its own.
import { Cluster, NAMESPACE } from '../../harness/cluster.mjs';
import { Proxy } from '../../proxy/proxy.mjs';

export class ChaosCluster extends Cluster {
  links = new Map(); // name -> Proxy

  /** Starts everything: database, scheduler and `ssps` SSPs, with the application's `schema`. */
  static async start(name, { ssps, schema, env = {} }) {
    const cluster = await ChaosCluster.open(name);
    try {
      await cluster.query(schema);
      await cluster.#addProxiedScheduler(env.scheduler);
      for (let number = 1; number <= ssps; number++) await cluster.#addProxiedSsp(number, env.ssp);
      await cluster.ready();
      await cluster.applySchema();
      return cluster;
    } catch (failure) {
      await cluster.stop().catch(() => {});
      throw failure;
    }
  }

  get names() {
    return { namespace: NAMESPACE, database: this.database };
  }

  /** The processes by name. */
  get programs() {
    return new Map([this.scheduler, ...this.ssps].map((program) => [program.name.replace('spooky-', ''), program]));
  }

  async #link(name, target) {
    const proxy = await new Proxy(name, target).start();
    this.links.set(name, proxy);
    return proxy;
  }

  async #addProxiedScheduler(env) {
    const database = await this.#link('scheduler-database', this.surrealdb.addr);
    await this.addScheduler({ SPOOKY_SCHEDULER_DB_URL: `${database.addr}/rpc`, ...env });
  }

  async #addProxiedSsp(number, env) {
    const database = await this.#link(`ssp-database/${number}`, this.surrealdb.addr);
    const scheduler = await this.#link(`ssp-scheduler/${number}`, `127.0.0.1:${this.scheduler.port}`);
    const ssp = await this.#link(`scheduler-ssp/${number}`);
    await this.addSsp((port) => {
      ssp.target = `127.0.0.1:${port}`;
      return { SURREALDB_ADDR: database.addr, SCHEDULER_URL: `http://${scheduler.addr}`, ADVERTISE_ADDR: `http://${ssp.addr}`, ...env };
    });
  }

  healLinks() {
    for (const link of this.links.values()) link.heal();
  }

  /** The processes that ended though nobody ended them. */
  crashed() {
    return [...this.programs.values()].filter((program) => !program.isRunning)
      .map((program) => `${program.name} ended by itself (${program.log}):\n${program.tail}`);
  }

  async stop() {
    this.healLinks();
    try {
      await super.stop();
    } finally {
      await Promise.all([...this.links.values()].map((link) => link.stop()));
    }
  }
}
