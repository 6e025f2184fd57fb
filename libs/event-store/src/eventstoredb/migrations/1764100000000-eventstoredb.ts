import type { MigrationInterface, QueryRunner } from 'typeorm';

export class EventStoreDb1764100000000 implements MigrationInterface {
  readonly name = 'EventStoreDb1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    // In the row every writer locks: one that waited for a move of the events sees it, whatever it believed before.
    await runner.query(`
      ALTER TABLE store.feed_shard ADD COLUMN kept_in text NOT NULL DEFAULT 'postgres'
      CONSTRAINT feed_shard_kept_in CHECK (kept_in IN ('postgres', 'eventstoredb'))`);
    await runner.query(`
      CREATE TABLE store.eventstoredb (
        one boolean NOT NULL DEFAULT true CONSTRAINT eventstoredb_pkey PRIMARY KEY CONSTRAINT eventstoredb_one CHECK (one),
        store_id uuid NOT NULL,
        prefix text NOT NULL
      )`);
    await runner.query(`
      CREATE TABLE store.stream_head (
        stream_id text COLLATE "C" NOT NULL CONSTRAINT stream_head_pkey PRIMARY KEY,
        version integer NOT NULL
      ) WITH (fillfactor = 70)`);
    await runner.query(`
      CREATE TABLE store.unfinished_append (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT unfinished_append_pkey PRIMARY KEY,
        recorded_at timestamptz NOT NULL DEFAULT now(),
        content text NOT NULL
      )`);
    // Read once if ever, and deleted: compressing it would cost more than it saves.
    await runner.query('ALTER TABLE store.unfinished_append ALTER COLUMN content SET STORAGE EXTERNAL');
    await runner.query(`
      CREATE TABLE store.feed_mark (
        commit_position bigint NOT NULL CONSTRAINT feed_mark_pkey PRIMARY KEY,
        prepare_position bigint NOT NULL,
        reached bigint[] NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE store.feed_mark, store.unfinished_append, store.stream_head, store.eventstoredb');
    await runner.query('ALTER TABLE store.feed_shard DROP COLUMN kept_in');
  }
}
