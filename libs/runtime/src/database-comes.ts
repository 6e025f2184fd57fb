import { DatabaseUnavailable, describeDatabase, isDatabaseAway, waitForDatabase } from '@retention/platform';
import { setTimeout as delay } from 'node:timers/promises';

const RETRY_EVERY_MS = 100;

/**
 * Waits for the database and does what a start has to do with it; begins again when the database goes away in the middle. It
 * has this long in all to come and to stay.
 *
 * @throws DatabaseUnavailable when it does not, or refuses the login; whatever else `work` throws.
 */
export async function whileDatabaseComes<T>(url: string, waitMs: number, work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    await waitForDatabase(url, Math.max(0, deadline - performance.now()));
    try {
      return await work();
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      if (performance.now() >= deadline) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new DatabaseUnavailable(`${describeDatabase(url)} cannot be used: ${reason}`, { cause: error });
      }
    }
    await delay(RETRY_EVERY_MS);
  }
}
