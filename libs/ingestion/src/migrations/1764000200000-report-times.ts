import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ReportTimes1764000200000 implements MigrationInterface {
  readonly name = 'ReportTimes1764000200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ingestion.report_time (
        key text NOT NULL CONSTRAINT report_time_pkey PRIMARY KEY,
        made_at timestamptz NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE ingestion.report_time');
  }
}
