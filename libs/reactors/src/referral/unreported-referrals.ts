import type { EventStore, FeedPositions } from '@retention/event-store';
import { REFERRAL_REACTOR, referralSource } from './referral-reactor.js';
import { REFERRAL_DECISIONS } from './referral-report.js';

const POSITIONS_PER_SHARD = 5000;

/** Whether there is a referral decision up to these positions that the referrer has not been told of yet. */
export async function hasUnreportedReferrals(store: EventStore, upTo: FeedPositions): Promise<boolean> {
  const offsets = await store.offsets(REFERRAL_REACTOR);
  const after = new Map([...upTo.keys()].map((shard) => [shard, offsets.get(referralSource(shard)) ?? 0]));
  for (;;) {
    for (const [shard, position] of after) if (position >= (upTo.get(shard) ?? 0)) after.delete(shard);
    if (after.size === 0) return false;
    const page = await store.readFeed({ after, limitPerShard: POSITIONS_PER_SHARD, types: REFERRAL_DECISIONS });
    if (page.events.some(({ shard, position }) => position <= (upTo.get(shard) ?? 0))) return true;
    for (const [shard, position] of page.upTo) after.set(shard, position);
  }
}
