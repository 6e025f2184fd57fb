import { setTimeout as delay } from 'node:timers/promises';

const WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 25;

/** Resolves when it holds. @throws Error that names what never came to hold. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WITHIN_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Waited in vain until ${what}`);
    await delay(LOOK_EVERY_MS);
  }
}
