import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

/** How far a version of a projection has applied the feed of a shard. */
@Entity({ schema: 'projection', name: 'checkpoint' })
export class CheckpointRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'checkpoint_pkey' })
  projection!: string;

  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'checkpoint_pkey' })
  version!: number;

  @PrimaryColumn({ type: 'smallint', primaryKeyConstraintName: 'checkpoint_pkey' })
  shard!: number;

  @Column({ type: 'bigint' })
  position!: string;

  /** Rises when rows of the shard were changed beside the feed: a worker that holds them in memory has to forget them. */
  @Column({ type: 'integer', default: 0 })
  revision!: number;
}

/** A process that follows the feed. It is gone when its time runs out. */
@Entity({ schema: 'projection', name: 'worker' })
export class WorkerRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'worker_pkey' })
  worker!: string;

  @Column({ type: 'timestamptz' })
  alive_until!: Date;
}

/** Which worker follows which shard. An optimisation: the guarantee is the checkpoint's compare-and-set. */
@Entity({ schema: 'projection', name: 'shard_lease' })
export class ShardLeaseRow {
  @PrimaryColumn({ type: 'smallint', primaryKeyConstraintName: 'shard_lease_pkey' })
  shard!: number;

  @Column({ type: 'text', nullable: true })
  worker!: string | null;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  held_until!: Date;
}

/** A stream whose event a projection could not apply. Its rows stand still there until it is mended. */
@Entity({ schema: 'projection', name: 'parked_stream' })
export class ParkedStreamRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'parked_stream_pkey' })
  projection!: string;

  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'parked_stream_pkey' })
  projection_version!: number;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'parked_stream_pkey' })
  stream_id!: string;

  @Column({ type: 'smallint' })
  shard!: number;

  @Column({ type: 'bigint' })
  position!: string;

  @Column({ type: 'text' })
  error!: string;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  recorded_at!: Date;
}

/** A stream that somebody had a projection take up again. Never changed afterwards. */
@Entity({ schema: 'projection', name: 'stream_retry' })
export class StreamRetryRow {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'stream_retry_pkey',
  })
  id!: string;

  @Column({ type: 'text' })
  projection!: string;

  @Column({ type: 'integer' })
  projection_version!: number;

  @Column({ type: 'text' })
  stream_id!: string;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  retried_at!: Date;

  @Column({ type: 'text' })
  retried_by!: string;

  @Column({ type: 'text' })
  because!: string;

  @Column({ type: 'timestamptz' })
  parked_since!: Date;

  @Column({ type: 'text' })
  parked_error!: string;

  /** How many were applied. */
  @Column({ type: 'integer' })
  events!: number;

  /** Of the event it stands still on again; null = it goes on. */
  @Column({ type: 'text', nullable: true })
  error!: string | null;
}

export const PROJECTION_ENTITIES = [CheckpointRow, WorkerRow, ShardLeaseRow, ParkedStreamRow, StreamRetryRow];
