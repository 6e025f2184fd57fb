import type { SimulatedProcess } from '../world/world.js';
import type { PublishedRecord } from './checks.js';
import type { LogEnds } from './settled.js';

/** The Kafka of a run, as the loan system, the operator and bad luck see it. */
export interface Brokers {
  createTopic(topic: string, partitions: number): void;
  partitionCount(topic: string): number;
  /** What the loan system's own producer writes. Throws while the brokers are down. */
  append(
    topic: string,
    partition: number,
    record: { readonly key: string | null; readonly value: string | null },
  ): void;
  /** Every record that can be read, by partition and offset. */
  records(topic: string): readonly PublishedRecord[];
  ends(topic: string): LogEnds;
  readonly isUp: boolean;
  stop(): void;
  start(): void;
  /** The next answers to producers are lost; the records are there. */
  loseNextAnswers(count: number): void;
  /** The next requests of the product's producers are refused. */
  refuseNextProduces(count: number): void;
  expireSession(process: SimulatedProcess): void;
  moveCoordinator(): void;
  /** The group's committed offsets are gone: the hint says nothing. */
  forgetCommitted(group: string): void;
  /** A transaction's marker takes an offset. */
  appendMarker(topic: string, partition: number): void;
  /** Retention removes what is before the offset. */
  removeBefore(topic: string, partition: number, offset: number): void;
  addPartitions(topic: string, to: number): void;
  /** How long a fetch takes, and how many records it brings at most, from now on. */
  paceFetches(pace: { readonly delayMs: number; readonly recordsMax: number }): void;
}
