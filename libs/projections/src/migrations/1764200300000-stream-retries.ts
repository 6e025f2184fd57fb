import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who had a read model take up a stream again, why, when, and what came of it: written once, never changed. */
export class StreamRetries1764200300000 implements MigrationInterface {
  readonly name = 'StreamRetries1764200300000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE projection.stream_retry (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT stream_retry_pkey PRIMARY KEY,
        projection text NOT NULL,
        projection_version integer NOT NULL,
        stream_id text NOT NULL,
        retried_at timestamptz NOT NULL DEFAULT now(),
        retried_by text NOT NULL,
        because text NOT NULL,
        parked_since timestamptz NOT NULL,
        parked_error text NOT NULL,
        events integer NOT NULL,
        error text
      )`);
    await runner.query(`
      CREATE FUNCTION projection.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'what was done stays on the record'; END $$`);
    await runner.query(`
      CREATE TRIGGER retries_are_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON projection.stream_retry
      FOR EACH STATEMENT EXECUTE FUNCTION projection.refuse_change()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE projection.stream_retry');
    await runner.query('DROP FUNCTION projection.refuse_change');
  }
}
