// One pair of sides, the engine and ours, that runs cases one after another; a run has several at work.
import { runCase } from './case.mjs';
import { DriverCrash, DriverSide } from './driver_side.mjs';
import { EngineSide } from './engine_side.mjs';

export class Lane {
  #program;
  #version;

  static async open(engine, program) {
    const lane = new Lane();
    lane.#program = program;
    lane.#version = engine.version;
    lane.engine = await EngineSide.open(engine);
    lane.revive();
    return lane;
  }

  /** Starts the driver anew should it have died of a case. */
  revive() {
    if (!this.driver?.alive) this.driver = new DriverSide(this.#program, this.#version);
  }

  /** Null if both sides agree about the case, else what differs. */
  async attempt(one) {
    this.revive();
    try {
      return await runCase(this.engine, this.driver, one);
    } catch (problem) {
      if (problem instanceof DriverCrash) return { kind: 'the driver crashed' };
      throw problem;
    }
  }

  /** Null if the engine answers `expected`, as SurrealQL or `ERR message`, over the data of the last attempt. */
  async contradicts(statement, expected) {
    const theirs = await this.engine.query(statement);
    const fails = expected.startsWith('ERR');
    const said = fails ? { error: expected.slice(4) } : await this.engine.query(`RETURN ${expected}`);
    const agrees = fails ? theirs.error?.startsWith(said.error) : theirs.ok === said.ok;
    return agrees ? null : { kind: 'the table of behaviours says otherwise', theirs, ours: said };
  }

  async close() {
    this.driver.close();
    await this.engine.close();
  }
}
