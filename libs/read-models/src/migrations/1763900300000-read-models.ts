import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ReadModels1763900300000 implements MigrationInterface {
  readonly name = 'ReadModels1763900300000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA read');
    // Ids are ordered by their bytes: the order of an export must not depend on the locale of the server.
    await runner.query(`
      CREATE TABLE read.customer (
        customer_id text COLLATE "C" NOT NULL CONSTRAINT customer_pkey PRIMARY KEY,
        registered_on date,
        kind text,
        branch_id text,
        officer_id text,
        region text,
        industry text,
        channel text,
        referrer_id text,
        points integer NOT NULL,
        tier text NOT NULL,
        benefits text[] NOT NULL,
        loans jsonb NOT NULL,
        loans_disbursed integer NOT NULL,
        loans_active integer NOT NULL,
        parked_facts integer NOT NULL,
        set_aside_facts integer NOT NULL
      ) WITH (fillfactor = 80)`);
    await runner.query('CREATE INDEX customer_branch ON read.customer (branch_id, customer_id)');
    await runner.query('CREATE INDEX customer_tier ON read.customer (tier, customer_id)');
    await runner.query(`
      CREATE TABLE read.tier_distribution (
        branch_id text NOT NULL,
        tier text NOT NULL,
        shard smallint NOT NULL,
        customers bigint NOT NULL,
        points bigint NOT NULL,
        CONSTRAINT tier_distribution_pkey PRIMARY KEY (branch_id, tier, shard)
      ) WITH (fillfactor = 50)`);
    await runner.query(`
      CREATE TABLE read.ledger_entry (
        customer_id text COLLATE "C" NOT NULL,
        version integer NOT NULL,
        rule text NOT NULL,
        about text NOT NULL,
        points integer NOT NULL,
        balance integer NOT NULL,
        counts_on date NOT NULL,
        taken_back_because text,
        policy_version text NOT NULL,
        causes jsonb NOT NULL,
        CONSTRAINT ledger_entry_pkey PRIMARY KEY (customer_id, version)
      )`);
    await runner.query('CREATE INDEX ledger_entry_rule ON read.ledger_entry (rule, counts_on)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA read CASCADE');
  }
}
