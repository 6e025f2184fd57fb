import { SNAPSHOT_FORM } from '@retention/customer';
import type pg from 'pg';
import { streamOf } from '../aggregates.js';
import { eventsOf } from '../writer/writer-for-spec.spec-support.js';
import type { IngestionForSpec } from '../writer/writer-for-spec.spec-support.js';

/** The customer's stream cannot be folded any more: its snapshot is cut off. For customers who had none. */
export async function damage(
  { store, database }: Pick<IngestionForSpec, 'store' | 'database'>,
  customerId: string,
  state = '{"cut',
): Promise<void> {
  const { length: version } = await eventsOf(store, customerId);
  await database.query('INSERT INTO store.snapshot (stream_id, version, form, state) VALUES ($1, $2, $3, $4)', [
    ...[streamOf(customerId), version, SNAPSHOT_FORM, state],
  ]);
}

export async function heal(database: pg.Pool, customerId: string): Promise<void> {
  await database.query('DELETE FROM store.snapshot WHERE stream_id = $1', [streamOf(customerId)]);
}
