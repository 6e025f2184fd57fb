import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CheckpointRevision1764200100000 implements MigrationInterface {
  readonly name = 'CheckpointRevision1764200100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE projection.checkpoint ADD revision integer NOT NULL DEFAULT 0');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE projection.checkpoint DROP revision');
  }
}
