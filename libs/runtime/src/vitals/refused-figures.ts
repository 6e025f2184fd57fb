import type { Runtime } from '../runtime.js';
import { COUNTED_MAX } from './counted-max.js';

export interface RefusedFigures {
  /** Letters nobody has dealt with, by code: the newest of them, counted up to a bound over all codes. */
  readonly openLetters: ReadonlyMap<string, number>;
  readonly openLettersAgeSeconds: number;
  /** Customers who cannot be decided, counted up to the bound. */
  readonly parkedCustomers: number;
}

/** What waits for a person. Each question touches a bounded number of rows. */
export async function refusedFigures({ database }: Pick<Runtime, 'database'>): Promise<RefusedFigures> {
  const letters = await database.query<{ code: string; letters: number }>(
    `SELECT code, count(*)::int AS letters
     FROM (SELECT code FROM ingestion.dead_letter WHERE resolution IS NULL ORDER BY id DESC LIMIT $1) open
     GROUP BY code`,
    [COUNTED_MAX],
  );
  const oldest = await database.query<{ age: number }>(
    `SELECT extract(epoch FROM now() - recorded_at)::float8 AS age
     FROM ingestion.dead_letter WHERE resolution IS NULL ORDER BY id LIMIT 1`,
  );
  const parked = await database.query<{ customers: number }>(
    'SELECT count(*)::int AS customers FROM (SELECT 1 FROM ingestion.parked_customer LIMIT $1) parked',
    [COUNTED_MAX],
  );
  return {
    openLetters: new Map(letters.rows.map(({ code, letters: count }) => [code, count])),
    openLettersAgeSeconds: oldest.rows[0]?.age ?? 0,
    parkedCustomers: parked.rows[0]?.customers ?? 0,
  };
}
