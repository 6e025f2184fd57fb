import type { MigrationInterface, QueryRunner } from 'typeorm';

const SHARDS = 16;

export class EventStore1763900000000 implements MigrationInterface {
  readonly name = 'EventStore1763900000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA store');
    await runner.query(`
      CREATE TABLE store.feed_shard (
        shard smallint NOT NULL CONSTRAINT feed_shard_pkey PRIMARY KEY,
        head bigint NOT NULL
      ) WITH (fillfactor = 10)`);
    // The number of shards is fixed for the life of the store: it decides the shard of every stream.
    await runner.query(`INSERT INTO store.feed_shard SELECT shard, 0 FROM generate_series(0, ${SHARDS - 1}) AS shard`);
    await runner.query(`
      CREATE TABLE store.event (
        shard smallint NOT NULL,
        position bigint NOT NULL,
        stream_id text NOT NULL,
        version integer NOT NULL,
        type text NOT NULL,
        payload json NOT NULL,
        origin json,
        recorded_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT event_pkey PRIMARY KEY (shard, position)
      )`);
    await runner.query('CREATE UNIQUE INDEX event_stream_version ON store.event (stream_id, version)');
    await runner.query(`
      CREATE TABLE store.snapshot (
        stream_id text NOT NULL CONSTRAINT snapshot_pkey PRIMARY KEY,
        version integer NOT NULL,
        form integer NOT NULL,
        state text NOT NULL
      ) WITH (fillfactor = 80)`);
    await runner.query(`
      CREATE TABLE store.consumer_offset (
        consumer text NOT NULL,
        source text NOT NULL,
        next bigint NOT NULL,
        CONSTRAINT consumer_offset_pkey PRIMARY KEY (consumer, source)
      ) WITH (fillfactor = 50)`);
    await runner.query(`
      CREATE FUNCTION store.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'events are never changed: % on store.event refused', TG_OP USING ERRCODE = 'RT001';
      END $$`);
    await runner.query(`
      CREATE TRIGGER events_are_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON store.event
      FOR EACH STATEMENT EXECUTE FUNCTION store.refuse_change()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA store CASCADE');
  }
}
