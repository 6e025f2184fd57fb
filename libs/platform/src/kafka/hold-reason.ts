import type { TopicPartition } from './source-types.js';

/** Why a partition is not read for now. */
export type HoldReason =
  | { readonly kind: 'position-unknown' }
  | { readonly kind: 'not-taken' | 'unreadable'; readonly firstOffset: bigint; readonly lastOffset: bigint }
  | {
      readonly kind: 'topic-recreated';
      readonly kept: bigint | null;
      readonly end: bigint;
      readonly action: 'stopped';
      readonly topicId?: string;
    };

/** The same as a sentence for people. */
export function problemText({ topic, partition }: TopicPartition, why: HoldReason, reason: string): string {
  const where = `${topic} partition ${partition}`;
  switch (why.kind) {
    case 'position-unknown':
      return `${where}: it is not known where to read on. ${reason}`;
    case 'not-taken':
      return `${where}: offsets ${why.firstOffset} to ${why.lastOffset} could not be stored. ${reason}`;
    case 'unreadable':
      return `${where}: offsets ${why.firstOffset} to ${why.lastOffset} cannot be read. ${reason}`;
    case 'topic-recreated':
      if (why.topicId !== undefined) {
        return (
          `${where}: the topic has the id ${why.topicId}, and the kept offsets are of one with another id, so it was ` +
          `deleted and created again. It is not read until the kept offsets of the topic are set back.`
        );
      }
      return (
        `${where}: the next offset should be ${why.kept} but the log ends at ${why.end}, so the topic was deleted and ` +
        `created again. It is not read until the kept offset is set back.`
      );
  }
}
