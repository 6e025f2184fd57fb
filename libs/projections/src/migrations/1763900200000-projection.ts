import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Projection1763900200000 implements MigrationInterface {
  readonly name = 'Projection1763900200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA projection');
    await runner.query(`
      CREATE TABLE projection.checkpoint (
        projection text NOT NULL,
        version integer NOT NULL,
        shard smallint NOT NULL,
        position bigint NOT NULL,
        CONSTRAINT checkpoint_pkey PRIMARY KEY (projection, version, shard)
      ) WITH (fillfactor = 50)`);
    await runner.query(`
      CREATE TABLE projection.worker (
        worker text NOT NULL CONSTRAINT worker_pkey PRIMARY KEY,
        alive_until timestamptz NOT NULL
      )`);
    await runner.query(`
      CREATE TABLE projection.shard_lease (
        shard smallint NOT NULL CONSTRAINT shard_lease_pkey PRIMARY KEY,
        worker text,
        held_until timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query('INSERT INTO projection.shard_lease (shard) SELECT shard FROM store.feed_shard');
    await runner.query(`
      CREATE TABLE projection.parked_stream (
        projection text NOT NULL,
        projection_version integer NOT NULL,
        stream_id text NOT NULL,
        shard smallint NOT NULL,
        position bigint NOT NULL,
        error text NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT parked_stream_pkey PRIMARY KEY (projection, projection_version, stream_id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA projection CASCADE');
  }
}
