import { SNAPSHOT_FORM } from '@retention/customer';
import type pg from 'pg';
import { streamOf } from '../aggregates.js';

/** The customer's stream cannot be folded any more: its snapshot is cut off. For customers who had none. */
export async function damage(database: pg.Pool, customerId: string, state = '{"cut'): Promise<void> {
  await database.query(
    `INSERT INTO store.snapshot (stream_id, version, form, state)
     SELECT $1, max(version), $2, $3 FROM store.event WHERE stream_id = $1`,
    [streamOf(customerId), SNAPSHOT_FORM, state],
  );
}

export async function heal(database: pg.Pool, customerId: string): Promise<void> {
  await database.query('DELETE FROM store.snapshot WHERE stream_id = $1', [streamOf(customerId)]);
}
