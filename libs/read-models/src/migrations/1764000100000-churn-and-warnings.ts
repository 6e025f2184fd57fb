import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The read models of these versions are filled from the beginning of the feed, so what they held before goes. */
export class ChurnAndWarnings1764000100000 implements MigrationInterface {
  readonly name = 'ChurnAndWarnings1764000100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('TRUNCATE read.customer, read.tier_distribution, read.ledger_entry');
    // Else the versions that are gone are shown as far behind, for ever.
    await runner.query('DELETE FROM projection.checkpoint WHERE version < 2');
    await runner.query('DELETE FROM projection.parked_stream WHERE projection_version < 2');
    await runner.query(`
      ALTER TABLE read.customer
        ADD state text NOT NULL,
        ADD churned_on date,
        ADD churn_kind text,
        ADD churn_reason text,
        ADD churn_reason_unknown boolean NOT NULL,
        ADD won_back_on date,
        ADD churns jsonb NOT NULL,
        ADD phase text NOT NULL,
        ADD warning_level text NOT NULL,
        ADD warning_score integer NOT NULL,
        ADD warning_signals jsonb NOT NULL,
        ADD gifts_owed integer NOT NULL`);
    await runner.query('CREATE INDEX customer_state ON read.customer (state, customer_id)');
    await runner.query(`
      CREATE INDEX customer_warning ON read.customer (warning_level, customer_id) WHERE warning_level <> 'green'`);
    await runner.query(`
      ALTER TABLE read.ledger_entry
        ADD uncapped integer,
        ADD given_by text,
        ADD given_because text,
        ADD lots jsonb`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('TRUNCATE read.customer, read.tier_distribution, read.ledger_entry');
    await runner.query(`
      ALTER TABLE read.customer
        DROP state, DROP churned_on, DROP churn_kind, DROP churn_reason, DROP churn_reason_unknown, DROP won_back_on,
        DROP churns, DROP phase, DROP warning_level, DROP warning_score, DROP warning_signals, DROP gifts_owed`);
    await runner.query('ALTER TABLE read.ledger_entry DROP uncapped, DROP given_by, DROP given_because, DROP lots');
  }
}
