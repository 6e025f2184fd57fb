import type { EventStore, FeedPage } from '@retention/event-store';
import { ConsumerFenced } from '@retention/ingestion';
import type { FactWriter } from '@retention/ingestion';
import type { FeedFollower } from '@retention/projections';
import { REFERRAL_DECISIONS, referralReport } from './referral-report.js';

/** Name its offsets are kept under. */
export const REFERRAL_REACTOR = 'reactor:referral';

/** Name of a shard of the feed among its offsets. */
export const referralSource = (shard: number): string => `shard-${shard}`;

const POSITIONS_PER_SHARD = 5000;

/** Each report moves streams other writers remember: told together, they meet one conflict and not one each. */
const REPORT_EVERY_MS = 500;

/** After so many events without a referral the offset moves all the same, so that a restart need not read them again. */
const QUIET_POSITIONS_MAX = 2000;

/**
 * Credits the referrer when the referred customer has a loan. It follows the feed and reports facts into the referrer's
 * stream; how far it has followed moves in the same transaction, so each decision is reported exactly once. It is no
 * projection: a rebuild does not run it again.
 */
export function referralReactor(store: EventStore, writer: FactWriter): FeedFollower {
  /** Offsets as stored, by source. Null when they have to be read anew. */
  let stored: Map<string, number> | null = null;
  /** How far each shard has been looked at since: nothing to report was found between the stored offset and here. */
  const seen = new Map<number, number>();

  async function report(page: FeedPage, offsets: Map<string, number>): Promise<void> {
    const advances = [...page.upTo].flatMap(([shard, next]) => {
      const source = referralSource(shard);
      const expected = offsets.get(source) ?? null;
      const isQuiet = page.events.every((event) => event.shard !== shard);
      if (next === (expected ?? 0) || (isQuiet && next - (expected ?? 0) < QUIET_POSITIONS_MAX)) return [];
      return [{ consumer: REFERRAL_REACTOR, source, expected, next }];
    });
    if (advances.length === 0) return;
    await writer.submit({ items: page.events.map(referralReport), advances });
    for (const { source, next } of advances) offsets.set(source, next);
  }

  return {
    name: REFERRAL_REACTOR,
    everyMs: REPORT_EVERY_MS,
    async follow(shards) {
      if (shards.size === 0) return 0;
      try {
        if (stored === null) seen.clear();
        const offsets = (stored ??= await store.offsets(REFERRAL_REACTOR));
        const after = new Map(
          [...shards].map((shard) => [shard, seen.get(shard) ?? offsets.get(referralSource(shard)) ?? 0]),
        );
        const page = await store.readFeed({ after, limitPerShard: POSITIONS_PER_SHARD, types: REFERRAL_DECISIONS });
        await report(page, offsets);
        let positions = 0;
        for (const [shard, upTo] of page.upTo) {
          positions += upTo - (after.get(shard) ?? 0);
          seen.set(shard, upTo);
        }
        return positions;
      } catch (error) {
        stored = null;
        // Another worker follows this shard by now, and has reported what was to be reported.
        if (error instanceof ConsumerFenced) return 0;
        throw error;
      }
    },
  };
}
