import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Makes an append fail that was decided while other customers were parked than are now. */
export class ParkedRevision1764200400000 implements MigrationInterface {
  readonly name = 'ParkedRevision1764200400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE ingestion.governing ADD parked_revision integer NOT NULL DEFAULT 0');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE ingestion.governing DROP parked_revision');
  }
}
