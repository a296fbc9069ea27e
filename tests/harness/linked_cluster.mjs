// A cluster in which every link between two processes goes through a proxy of its own, to be cut or slowed.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cluster, NAMESPACE } from './cluster.mjs';
import { Proxy } from '../proxy/proxy.mjs';

export class LinkedCluster extends Cluster {
  links = new Map(); // name -> Proxy

  /**
   * Starts everything: database, scheduler and `ssps` SSPs, with the application's `schema` and records.
   * `settings` is the text of their spooky.yml; `env` is `{ scheduler, ssp }`.
   */
  static async start(name, { ssps, schema, settings = '', env = {} }) {
    const cluster = await LinkedCluster.open(name);
    try {
      const SPOOKY_CONFIG_PATH = join(cluster.folder, 'spooky.yml');
      writeFileSync(SPOOKY_CONFIG_PATH, settings);
      await cluster.query(schema);
      await cluster.addLinkedScheduler({ SPOOKY_CONFIG_PATH, ...env.scheduler });
      for (let number = 1; number <= ssps; number++) await cluster.addLinkedSsp({ SPOOKY_CONFIG_PATH, ...env.ssp });
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

  async addLinkedScheduler(env = {}) {
    const database = await this.#link('scheduler-database', this.surrealdb.addr);
    await this.addScheduler({ SPOOKY_SCHEDULER_DB_URL: `${database.addr}/rpc`, ...env });
  }

  /** Its links are `ssp-database/N`, `ssp-scheduler/N` and `scheduler-ssp/N`, counted from 1. */
  async addLinkedSsp(env = {}) {
    const number = this.ssps.length + 1;
    const database = await this.#link(`ssp-database/${number}`, this.surrealdb.addr);
    const scheduler = await this.#link(`ssp-scheduler/${number}`, `127.0.0.1:${this.scheduler.port}`);
    const ssp = await this.#link(`scheduler-ssp/${number}`);
    return this.addSsp((port) => {
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
