import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What operators act on: customers that cannot be decided, and dead letters that end some day. */
export class Operations1764200000000 implements MigrationInterface {
  readonly name = 'Operations1764200000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ingestion.parked_customer (
        customer_id text COLLATE "C" NOT NULL CONSTRAINT parked_customer_pkey PRIMARY KEY,
        since timestamptz NOT NULL DEFAULT now(),
        error text NOT NULL,
        failures integer NOT NULL DEFAULT 1,
        fact_id text,
        origin json
      )`);
    await runner.query(`
      ALTER TABLE ingestion.dead_letter
        ADD customer_id text COLLATE "C",
        ADD fact json,
        ADD resolution text,
        ADD resolved_at timestamptz,
        ADD resolved_by text,
        ADD resolved_because text`);
    await runner.query('CREATE INDEX dead_letter_open ON ingestion.dead_letter (id) WHERE resolution IS NULL');
    await runner.query(`
      CREATE INDEX dead_letter_customer ON ingestion.dead_letter (customer_id, id)
      WHERE customer_id IS NOT NULL AND resolution IS NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX ingestion.dead_letter_customer, ingestion.dead_letter_open');
    await runner.query(`
      ALTER TABLE ingestion.dead_letter
        DROP customer_id, DROP fact, DROP resolution, DROP resolved_at, DROP resolved_by, DROP resolved_because`);
    await runner.query('DROP TABLE ingestion.parked_customer');
  }
}
