import type { HeldKind, TopicPartition } from './source-types.js';

export interface PlaceProblem {
  readonly kind: HeldKind;
  readonly text: string;
  /** Over once the store holds everything below this offset; null when it is over as soon as it is known where to read on. */
  readonly storedUpTo: bigint | null;
}

/** Where the reading of one partition stands. */
export interface Place extends TopicPartition {
  /** The next offset to read; null before the first placing. */
  next: bigint | null;
  /** Where offsets begin that compaction emptied and that were passed over; null when there is a record before `next`. */
  emptyFrom: bigint | null;
  /** What the store is known to hold. */
  kept: bigint | null;
  /** Resolves after the first placing, also when that failed. */
  placed: Promise<void>;
  /** The `take` that runs now. */
  taking: Promise<void>;
  isHeld: boolean;
  problem: PlaceProblem | null;
  failures: number;
  retry: NodeJS.Timeout | undefined;
}

/** A place that is held until it is known where to read on. */
export function newPlace({ topic, partition }: TopicPartition): Place {
  return {
    topic,
    partition,
    next: null,
    emptyFrom: null,
    kept: null,
    placed: Promise.resolve(),
    taking: Promise.resolve(),
    isHeld: true,
    problem: null,
    failures: 0,
    retry: undefined,
  };
}
