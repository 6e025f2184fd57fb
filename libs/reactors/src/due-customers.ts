import type { FactWriter } from '@retention/ingestion';
import type { FeedFollower } from '@retention/projections';

/** A day that was closed is acted upon within this time. */
const LOOK_EVERY_MS = 500;

/**
 * Decides anew the customers for whom a closed day has come, or policies have changed: those who are due and nobody else.
 * Only the process that holds the first shard does, so that two do not decide the same customers at once; if they do all
 * the same, the second finds nothing to decide.
 */
export function dueCustomersReactor(writer: FactWriter): FeedFollower {
  return {
    name: 'reactor:due-customers',
    everyMs: LOOK_EVERY_MS,
    async follow(shards) {
      if (!shards.has(0)) return 0;
      let decided = 0;
      for (let rounds = 0; rounds < ROUNDS_MAX; rounds += 1) {
        const due = await writer.decideDue();
        decided += due;
        if (due === 0) break;
      }
      return decided;
    },
  };
}

/** After so many batches the process looks whether it still holds the shard. */
const ROUNDS_MAX = 20;
