import { PUBLISHED_DECISION_TYPES } from '@retention/contracts';
import { AppendConflict } from '@retention/event-store';
import type { EventStore, RecordedEvent } from '@retention/event-store';
import type { DecisionsConfig, RecordProducer } from '@retention/platform';
import type { FeedFollower } from '@retention/projections';
import { decisionRecord } from './decision-record.js';
import { Publication } from './publication.js';

/** Its name among the followers of the feed. */
export const DECISION_PUBLISHER = 'publisher:decisions';

/** How late a decision is at most while all is well; what comes meanwhile goes in one request and one transaction. */
const PUBLISH_EVERY_MS = 250;

/** About 5 MB of messages, and as much is sent again after a crash. */
const POSITIONS_PER_STEP = 8000;

/** Brokers that do not answer must not keep a process from ending: so long for what is under way, and so long to close. */
const STOP_WITHIN_MS = 2000;

export interface DecisionPublisherOptions extends DecisionsConfig {
  readonly store: EventStore;
  readonly producer: RecordProducer;
}

/**
 * Publishes every decision to a Kafka topic, keyed by customer, in the order of the feed. How far each shard has been
 * published is kept after the brokers have acknowledged: a crash between the two sends the same messages again, with the
 * same ids and bytes, and never leaves one out.
 */
export function decisionPublisher({ store, producer, topic, from }: DecisionPublisherOptions): FeedFollower {
  const publication = new Publication(store, { topic, from });

  async function send(decisions: readonly RecordedEvent[]): Promise<void> {
    if (decisions.length === 0) return;
    try {
      await producer.send(topic, decisions.map(decisionRecord));
    } catch (error) {
      // kafkajs names neither the topic nor what it was for.
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`decisions cannot be published to ${topic}: ${reason}`, { cause: error });
    }
  }

  async function publishNext(shards: ReadonlySet<number>, stopping: AbortSignal | undefined): Promise<number> {
    const after = await publication.reached(shards);
    const limitPerShard = Math.ceil(POSITIONS_PER_STEP / shards.size);
    const page = await store.readRecordedFeed({ after, limitPerShard, types: PUBLISHED_DECISION_TYPES });
    const moved = new Map([...page.upTo].filter(([shard, upTo]) => upTo > (after.get(shard) ?? 0)));
    if (moved.size === 0) return 0;
    if (!(await isDoneInTime(send(page.events), stopping))) return 0;
    await publication.move(moved);
    let positions = 0;
    for (const [shard, upTo] of moved) positions += upTo - (after.get(shard) ?? 0);
    return positions;
  }

  return {
    name: DECISION_PUBLISHER,
    everyMs: PUBLISH_EVERY_MS,
    async follow(shards, stopping) {
      if (shards.size === 0) return 0;
      try {
        return await publishNext(shards, stopping);
      } catch (error) {
        publication.forget();
        // Another worker publishes this shard by now: what was sent here it has sent or will send as well.
        if (error instanceof AppendConflict) return 0;
        throw error;
      }
    },
    async close() {
      await isDoneInTime(producer.disconnect(), AbortSignal.abort());
    },
  };
}

/** False when the work was still going on for too long after the process was told to end. */
function isDoneInTime(work: Promise<void>, stopping: AbortSignal | undefined): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let patience: NodeJS.Timeout | undefined;
    const hurry = (): void => {
      patience = setTimeout(() => resolve(false), STOP_WITHIN_MS);
    };
    if (stopping?.aborted === true) hurry();
    else stopping?.addEventListener('abort', hurry, { once: true });
    const ended = (): void => {
      clearTimeout(patience);
      stopping?.removeEventListener('abort', hurry);
    };
    work.finally(ended).then(() => resolve(true), reject);
  });
}
