import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { FeedPositions, RecordedEvent } from '../port.js';

/** SHA-256 over every event of a feed, with its place, time and origin: by shard, and a root over the shards. */
export class FeedHash {
  private readonly shards = new Map<number, Hash>();
  private events = 0;

  take(events: readonly RecordedEvent[]): void {
    for (const { shard, position, streamId, version, type, payload, recordedAt, origin } of events) {
      let hash = this.shards.get(shard);
      if (hash === undefined) this.shards.set(shard, (hash = createHash('sha256')));
      hash.update(`${JSON.stringify([position, streamId, version, type, payload, recordedAt, origin])}\n`);
      this.events += 1;
    }
  }

  /** How many events went into it. */
  get count(): number {
    return this.events;
  }

  /** Of each shard as it is now, in hexadecimal; more may be taken afterwards. */
  byShard(): Map<number, string> {
    return new Map([...this.shards].map(([shard, hash]) => [shard, hash.copy().digest('hex')]));
  }

  root(): string {
    const root = createHash('sha256');
    for (const [shard, hash] of [...this.byShard()].sort(([one], [other]) => one - other))
      root.update(`${shard} ${hash}\n`);
    return root.digest('hex');
  }
}

/** The shards in which two feeds differ. */
export function differingShards(one: FeedHash, other: FeedHash, upTo: FeedPositions): number[] {
  const [ours, theirs] = [one.byShard(), other.byShard()];
  return [...upTo.keys()].filter((shard) => ours.get(shard) !== theirs.get(shard));
}
