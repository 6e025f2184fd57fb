import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { createRecordProducer, kafkaConnection } from '@retention/platform';
import { FeedWorker, ProjectionRunner, shardLeases } from '@retention/projections';
import type { FeedFollower } from '@retention/projections';
import { decisionPublisher, dueCustomersReactor, referralReactor } from '@retention/reactors';
import { readModels } from '@retention/read-models';
import type { Runtime } from './runtime.js';

/** A read model is at most this much younger than it could be; a customer's events of that time cost one row change. */
const APPLY_EVERY_MS = 150;

/** The worker that keeps the read models, lets the reactors see the feed and publishes decisions. Started and stopped by its process. */
export function createFeedWorker(runtime: Runtime, onFailure: (follower: string, error: unknown) => void): FeedWorker {
  const { store, database, writer, config } = runtime;
  const runner = new ProjectionRunner({
    store,
    database,
    projections: readModels(),
    batchEvents: config.projections.batchEvents,
  });
  return new FeedWorker({
    leases: shardLeases(database, workerName(), config.projections.leaseTtlMs),
    leaseTermMs: config.projections.leaseTtlMs,
    followers: [
      { name: 'projections', everyMs: APPLY_EVERY_MS, follow: (shards) => runner.applyNext(shards) },
      referralReactor(store, writer),
      dueCustomersReactor(writer),
      ...publishers(runtime),
    ],
    onFailure,
  });
}

/** Says in the leases which process holds a shard; unique, since containers share names of hosts and ids of processes. */
function workerName(): string {
  return `${hostname()}/${process.pid}/${randomBytes(4).toString('hex')}`;
}

function publishers({ store, config: { kafka } }: Runtime): FeedFollower[] {
  if (kafka === null || kafka.decisions === null) return [];
  // What kafkajs has to say on the way ends in the failure of the follower, which is reported.
  const producer = createRecordProducer(kafkaConnection(kafka, () => undefined));
  return [decisionPublisher({ ...kafka.decisions, store, producer })];
}
