import { known } from './known.js';
import type { Known } from './known.js';

/** Which start of which database a session speaks with. The simulated server has one database, which is never made anew. */
export const INCARNATION: readonly Known[] = [
  known(
    `SELECT pg_postmaster_start_time()::text || ' ' || oid AS incarnation FROM pg_database WHERE datname = current_database()`,
    () =>
      ({ incarnation }) => ({ rows: [{ incarnation: `start ${incarnation}` }], rowCount: 1 }),
  ),
];
