import { dueCustomerCount } from '@retention/ingestion';
import { eventsBehind } from '@retention/projections';
import { hasUnreportedReferrals, REFERRAL_REACTOR } from '@retention/reactors';
import { readModels } from '@retention/read-models';
import { setTimeout as delay } from 'node:timers/promises';
import type { Runtime } from './runtime.js';

/** Nothing moved for so long: whoever should follow the feed does not. */
export class FeedStandsStill extends Error {
  override readonly name = 'FeedStandsStill';
}

const POLL_MS = 50;
const STILL_MS_MAX = 60_000;

/**
 * Resolves once the reactors, and then the read models, have followed everything that was in the store when it was called.
 * What others write meanwhile is not waited for. Somebody has to run a feed worker.
 * @throws FeedStandsStill after a minute without progress; AbortError when the signal aborts.
 */
export async function untilCaughtUp(runtime: Runtime, signal?: AbortSignal): Promise<void> {
  const { store, database } = runtime;
  const head = await store.head();
  await settled(async () => {
    if (!(await hasUnreportedReferrals(store, head))) return null;
    return JSON.stringify([...(await store.offsets(REFERRAL_REACTOR))]);
  }, signal);
  await untilNothingIsDue(runtime, signal);
  // With what the reactors have reported and decided.
  const reported = await store.head();
  const projections = readModels();
  await settled(async () => {
    const behind = await eventsBehind(database, projections, reported);
    return behind === 0 ? null : String(behind);
  }, signal);
}

/**
 * Resolves once every customer was decided for whom a closed day had come, or policies had changed.
 * @throws as `untilCaughtUp`.
 */
export function untilNothingIsDue({ database }: Runtime, signal?: AbortSignal): Promise<void> {
  return settled(async () => {
    const due = await dueCustomerCount(database);
    return due === 0 ? null : String(due);
  }, signal);
}

/** Polls until there is nothing left to wait for (null). The text says how far it is: while it changes there is progress. */
async function settled(standing: () => Promise<string | null>, signal?: AbortSignal): Promise<void> {
  let last: string | null = null;
  let movedAt = performance.now();
  for (;;) {
    const now = await standing();
    if (now === null) return;
    if (now !== last) movedAt = performance.now();
    else if (performance.now() - movedAt > STILL_MS_MAX) {
      throw new FeedStandsStill(`Nothing has followed the feed for ${STILL_MS_MAX / 1000} s; the log says why.`);
    }
    last = now;
    await delay(POLL_MS, undefined, signal === undefined ? {} : { signal });
  }
}
