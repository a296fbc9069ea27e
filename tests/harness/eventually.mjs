import { setTimeout as pause } from 'node:timers/promises';

const POLL_EVERY_MS = 25;

/**
 * Calls `check` until it returns without throwing and gives what it returned; after `withinMs` the
 * last failure is thrown, so that a test says what it still saw.
 */
export async function eventually(check, withinMs = 5000) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (failure) {
      if (Date.now() > deadline) {
        failure.message = `not within ${withinMs} ms: ${failure.message}`;
        throw failure;
      }
    }
    await pause(POLL_EVERY_MS);
  }
}
