import type { CommitRequest } from './group-protocol.js';

/** What a group has committed: by topic and partition the next offset to read, as kafkajs wrote it (-2 = the oldest). */
export class CommittedOffsets {
  private readonly offsets = new Map<string, string>();

  /** −1 when nothing was committed. */
  at(topic: string, partition: number): string {
    return this.offsets.get(placeOf(topic, partition)) ?? '-1';
  }

  take(topics: CommitRequest['topics']): void {
    for (const { topic, partitions } of topics) {
      for (const { partition, offset } of partitions) this.offsets.set(placeOf(topic, partition), String(offset));
    }
  }

  change(to: (offset: bigint) => bigint | null): void {
    for (const [place, offset] of this.offsets) {
      const changed = to(BigInt(offset));
      if (changed === null) this.offsets.delete(place);
      else this.offsets.set(place, String(changed));
    }
  }

  forget(topic: string): void {
    for (const place of this.offsets.keys()) if (place.startsWith(`${topic}\n`)) this.offsets.delete(place);
  }
}

function placeOf(topic: string, partition: number): string {
  return `${topic}\n${partition}`;
}
