import { textArray, uuidArray } from '@retention/platform';
import type { Fact } from '@retention/customer';
import type pg from 'pg';
import type { Origin } from '../message.js';

type Queryable = Pick<pg.Pool, 'query'>;

/** Content hash of each known identity. */
export async function knownIdentities(database: Queryable, keys: readonly string[]): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map();
  const { rows } = await database.query<{ key: string; content: string }>({
    name: 'ingestion-identities',
    text: 'SELECT key, content FROM ingestion.fact_identity WHERE key = ANY($1::uuid[])',
    values: [uuidArray([...keys])],
  });
  return new Map(rows.map(({ key, content }) => [key.replaceAll('-', ''), content.replaceAll('-', '')]));
}

/** Customer of each loan that somebody has claimed. */
export async function loanOwners(database: Queryable, loanIds: readonly string[]): Promise<Map<string, string>> {
  if (loanIds.length === 0) return new Map();
  const { rows } = await database.query<{ loan_id: string; customer_id: string }>({
    name: 'ingestion-loan-owners',
    text: 'SELECT loan_id, customer_id FROM ingestion.loan_owner WHERE loan_id = ANY($1::text[])',
    values: [textArray([...loanIds])],
  });
  return new Map(rows.map(({ loan_id, customer_id }) => [loan_id, customer_id]));
}

export interface ReleasableFact {
  readonly key: string;
  readonly customerId: string;
  readonly fact: Fact;
  readonly origin: Origin;
}

/**
 * Pending facts whose loan has an owner by now: of these loans, or of any loan when `loanIds` is null. Those of a parked
 * customer stay where they are.
 */
export async function releasableFacts(
  database: Queryable,
  loanIds: readonly string[] | null,
  limit: number,
): Promise<ReleasableFact[]> {
  const { rows } = await database.query<{ key: string; customer_id: string; fact: Fact; origin: Origin }>({
    name: 'ingestion-releasable',
    text: `SELECT p.key, o.customer_id, p.fact, p.origin
      FROM ingestion.pending_fact p JOIN ingestion.loan_owner o USING (loan_id)
      WHERE ($1::text[] IS NULL OR p.loan_id = ANY($1::text[]))
        AND o.customer_id NOT IN (SELECT customer_id FROM ingestion.parked_customer)
      ORDER BY p.key LIMIT $2`,
    values: [loanIds === null ? null : textArray([...loanIds]), limit],
  });
  return rows.map(({ key, customer_id, fact, origin }) => ({
    key: key.replaceAll('-', ''),
    customerId: customer_id,
    fact,
    origin,
  }));
}
