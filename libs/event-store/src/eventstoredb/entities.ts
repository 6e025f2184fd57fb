import { Check, Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

/** Which EventStoreDB keeps the events of this database; no row where none does. */
@Entity({ schema: 'store', name: 'eventstoredb' })
@Check('eventstoredb_one', 'one')
export class EventStoreDbRow {
  @PrimaryColumn({ type: 'boolean', default: true, primaryKeyConstraintName: 'eventstoredb_pkey' })
  one!: boolean;

  @Column({ type: 'uuid' })
  store_id!: string;

  @Column({ type: 'text' })
  prefix!: string;
}

/** Version of each stream as committed: what is missing from EventStoreDB up to it is on its way. */
@Entity({ schema: 'store', name: 'stream_head' })
export class StreamHeadRow {
  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName: 'stream_head_pkey' })
  stream_id!: string;

  @Column({ type: 'integer' })
  version!: number;
}

/** A committed batch whose events may not be in EventStoreDB yet. */
@Entity({ schema: 'store', name: 'unfinished_append' })
export class UnfinishedAppendRow {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'unfinished_append_pkey',
  })
  id!: string;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  recorded_at!: Date;

  @Column({ type: 'text' })
  content!: string;
}

/** A place in the log of EventStoreDB and how far each shard of the feed reaches there: where a reader can begin. */
@Entity({ schema: 'store', name: 'feed_mark' })
export class FeedMarkRow {
  @PrimaryColumn({ type: 'bigint', primaryKeyConstraintName: 'feed_mark_pkey' })
  commit_position!: string;

  @Column({ type: 'bigint' })
  prepare_position!: string;

  @Column({ type: 'bigint', array: true })
  reached!: string[];
}

export const EVENTSTOREDB_ENTITIES = [EventStoreDbRow, StreamHeadRow, UnfinishedAppendRow, FeedMarkRow];
