import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Governing1764000000000 implements MigrationInterface {
  readonly name = 'Governing1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ingestion.governing (
        one boolean NOT NULL DEFAULT true CONSTRAINT governing_pkey PRIMARY KEY CONSTRAINT governing_one CHECK (one),
        closed_day date,
        policy_revision integer NOT NULL DEFAULT 0
      )`);
    await runner.query(`
      CREATE TABLE ingestion.customer_deadline (
        customer_id text COLLATE "C" NOT NULL CONSTRAINT customer_deadline_pkey PRIMARY KEY,
        due_on date
      ) WITH (fillfactor = 70)`);
    await runner.query(`
      CREATE INDEX customer_deadline_due ON ingestion.customer_deadline (due_on, customer_id)
      WHERE due_on IS NOT NULL`);
    // A store that was filled before days decided anything: the days it was told, and everybody is due.
    await runner.query(`
      INSERT INTO ingestion.governing (closed_day)
      SELECT max((payload->>'day')::date) FROM store.event WHERE stream_id = 'calendar'`);
    await runner.query(`
      INSERT INTO ingestion.customer_deadline (customer_id, due_on)
      SELECT substr(stream_id, length('customer-') + 1), '-infinity' FROM store.event
      WHERE version = 1 AND stream_id LIKE 'customer-%'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE ingestion.customer_deadline, ingestion.governing');
  }
}
