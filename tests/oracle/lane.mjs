// One pair of sides, the engine and ours, that runs cases one after another; a run has several at work.
import { runCase } from './case.mjs';
import { DriverCrash, DriverSide } from './driver_side.mjs';
import { EngineSide } from './engine_side.mjs';

export class Lane {
  #program;

  static async open(engine, program) {
    const lane = new Lane();
    lane.#program = program;
    lane.engine = await EngineSide.open(engine);
    lane.revive();
    return lane;
  }

  /** Starts the driver anew should it have died of a case. */
  revive() {
    if (!this.driver?.alive) this.driver = new DriverSide(this.#program);
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

  async close() {
    this.driver.close();
    await this.engine.close();
  }
}
