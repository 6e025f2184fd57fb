import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Ingestion1763900100000 implements MigrationInterface {
  readonly name = 'Ingestion1763900100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA ingestion');
    await runner.query(`
      CREATE TABLE ingestion.fact_identity (
        key uuid NOT NULL CONSTRAINT fact_identity_pkey PRIMARY KEY,
        content uuid NOT NULL
      )`);
    await runner.query(`
      CREATE TABLE ingestion.loan_owner (
        loan_id text NOT NULL CONSTRAINT loan_owner_pkey PRIMARY KEY,
        customer_id text NOT NULL
      )`);
    await runner.query(`
      CREATE TABLE ingestion.pending_fact (
        key uuid NOT NULL CONSTRAINT pending_fact_pkey PRIMARY KEY,
        loan_id text NOT NULL,
        fact_id text NOT NULL,
        type text NOT NULL,
        fact json NOT NULL,
        origin json NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query('CREATE INDEX pending_fact_loan ON ingestion.pending_fact (loan_id)');
    await runner.query(`
      CREATE TABLE ingestion.dead_letter (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT dead_letter_pkey PRIMARY KEY,
        digest uuid NOT NULL,
        code text NOT NULL,
        field text,
        reason text NOT NULL,
        fact_id text,
        door text NOT NULL,
        origin json NOT NULL,
        headers json NOT NULL,
        body bytea,
        seen integer NOT NULL DEFAULT 1,
        recorded_at timestamptz NOT NULL DEFAULT now(),
        published_at timestamptz
      )`);
    await runner.query('CREATE UNIQUE INDEX dead_letter_digest ON ingestion.dead_letter (digest)');
    await runner.query(
      "CREATE INDEX dead_letter_unpublished ON ingestion.dead_letter (id) WHERE published_at IS NULL AND door = 'kafka'",
    );
    await runner.query(`
      CREATE TABLE ingestion.personal_data (
        key uuid NOT NULL CONSTRAINT personal_data_pkey PRIMARY KEY,
        customer_id text NOT NULL,
        occurred_at timestamptz NOT NULL,
        name text,
        phone text,
        address text,
        birth_date text
      )`);
    await runner.query('CREATE INDEX personal_data_customer ON ingestion.personal_data (customer_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA ingestion CASCADE');
  }
}
