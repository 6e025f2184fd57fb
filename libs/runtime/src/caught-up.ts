import type { FeedPositions } from '@retention/event-store';
import { int2Array, int4Array, int8Array, textArray } from '@retention/platform';
import { REFERRAL_REACTOR } from '@retention/reactors';
import { readModels } from '@retention/read-models';
import { setTimeout as delay } from 'node:timers/promises';
import type { Runtime } from './runtime.js';

/** Nothing moved for so long: whoever should follow the feed does not. */
export class FeedStandsStill extends Error {
  override readonly name = 'FeedStandsStill';
}

const POLL_MS = 50;
const STILL_MS_MAX = 60_000;
const POSITIONS_PER_PAGE = 5000;

/**
 * Resolves once the reactors and then the read models have followed everything that was in the store when it was called.
 * Others may go on writing; it does not wait for that. Somebody has to run a feed worker.
 * @throws FeedStandsStill after a minute without progress. Rejects when the signal aborts.
 */
export async function untilCaughtUp(runtime: Runtime, signal?: AbortSignal): Promise<void> {
  await untilNone(async () => positionsBetween(await reactorsAt(runtime), await runtime.store.head()), signal);
  const head = await runtime.store.head();
  await untilNone(() => eventsNotRead(runtime, head), signal);
}
