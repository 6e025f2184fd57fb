import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** How far the feed of a shard reaches. The row is the lock under which positions are given out. */
@Entity({ schema: 'store', name: 'feed_shard' })
@Check('feed_shard_kept_in', `kept_in IN ('postgres', 'eventstoredb')`)
export class FeedShardRow {
  @PrimaryColumn({ type: 'smallint', primaryKeyConstraintName: 'feed_shard_pkey' })
  shard!: number;

  @Column({ type: 'bigint' })
  head!: string;

  /** The store the events of the shard are kept in; the same for all shards. */
  @Column({ type: 'text', default: 'postgres' })
  kept_in!: string;
}

/** Append only: a trigger refuses UPDATE, DELETE and TRUNCATE. */
@Entity({ schema: 'store', name: 'event' })
@Index('event_stream_version', ['stream_id', 'version'], { unique: true })
export class EventRow {
  @PrimaryColumn({ type: 'smallint', primaryKeyConstraintName: 'event_pkey' })
  shard!: number;

  @PrimaryColumn({ type: 'bigint', primaryKeyConstraintName: 'event_pkey' })
  position!: string;

  @Column({ type: 'text' })
  stream_id!: string;

  @Column({ type: 'integer' })
  version!: number;

  @Column({ type: 'text' })
  type!: string;

  @Column({ type: 'json' })
  payload!: unknown;

  @Column({ type: 'json', nullable: true })
  origin!: unknown;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  recorded_at!: Date;
}

@Entity({ schema: 'store', name: 'snapshot' })
export class SnapshotRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'snapshot_pkey' })
  stream_id!: string;

  @Column({ type: 'integer' })
  version!: number;

  @Column({ type: 'integer' })
  form!: number;

  @Column({ type: 'text' })
  state!: string;
}

/** What a consumer (a Kafka group, a reactor) has taken from a source (a partition, a shard), kept beside the events. */
@Entity({ schema: 'store', name: 'consumer_offset' })
export class ConsumerOffsetRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'consumer_offset_pkey' })
  consumer!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'consumer_offset_pkey' })
  source!: string;

  @Column({ type: 'bigint' })
  next!: string;
}

export const POSTGRES_ENTITIES = [FeedShardRow, EventRow, SnapshotRow, ConsumerOffsetRow];
