import type { IncomingFact } from '@retention/contracts';
import type { Companion } from '@retention/event-store';
import { textArray, timestamptzArray, uuidArray } from '@retention/platform';
import type { Origin } from '../message.js';

/** Rows are written in the order of their keys, so that two writers never wait for each other in a circle. */
function byKey<T>(key: (row: T) => string): (one: T, other: T) => number {
  return (one, other) => (key(one) < key(other) ? -1 : 1);
}

export function keepIdentities(identities: ReadonlyMap<string, string>): Companion[] {
  if (identities.size === 0) return [];
  // One for every fact: the engine's own comparison of strings takes a third of the time of a function.
  const keys = [...identities.keys()].sort();
  return [
    {
      text: 'INSERT INTO ingestion.fact_identity (key, content) SELECT * FROM unnest($1::uuid[], $2::uuid[])',
      values: [uuidArray(keys), uuidArray(keys.map((key) => identities.get(key) ?? null))],
      rows: keys.length,
    },
  ];
}

export function keepLoanOwners(owners: ReadonlyMap<string, string>): Companion[] {
  if (owners.size === 0) return [];
  const rows = [...owners].sort(byKey(([loanId]) => loanId));
  return [
    {
      text: 'INSERT INTO ingestion.loan_owner (loan_id, customer_id) SELECT * FROM unnest($1::text[], $2::text[])',
      values: [textArray(rows.map(([loanId]) => loanId)), textArray(rows.map(([, customerId]) => customerId))],
      rows: rows.length,
    },
  ];
}

export interface PendingFact {
  readonly incoming: IncomingFact;
  readonly loanId: string;
  readonly origin: Origin;
}

export function keepPending(pending: readonly PendingFact[]): Companion[] {
  if (pending.length === 0) return [];
  const rows = [...pending].sort(byKey(({ incoming }) => incoming.identityKey));
  const texts = (of: (row: PendingFact) => string): Buffer => textArray(rows.map(of));
  return [
    {
      text: `INSERT INTO ingestion.pending_fact (key, loan_id, fact_id, type, fact, origin)
        SELECT key, loan_id, fact_id, type, fact::json, origin::json
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
          AS p(key, loan_id, fact_id, type, fact, origin)`,
      values: [
        uuidArray(rows.map(({ incoming }) => incoming.identityKey)),
        texts(({ loanId }) => loanId),
        texts(({ incoming }) => incoming.factId),
        texts(({ incoming }) => incoming.fact.type),
        texts(({ incoming }) => JSON.stringify(incoming.fact)),
        texts(({ origin }) => JSON.stringify(origin)),
      ],
      rows: rows.length,
    },
  ];
}

/** Takes facts out of the waiting room. Another number of rows means somebody else has let some of them in already. */
export function releasePending(keys: readonly string[]): Companion[] {
  if (keys.length === 0) return [];
  return [
    {
      text: 'DELETE FROM ingestion.pending_fact WHERE key = ANY($1::uuid[])',
      values: [uuidArray([...keys].sort())],
      rows: keys.length,
    },
  ];
}

export interface PersonalStatement {
  readonly incoming: IncomingFact;
  readonly customerId: string;
}

export function keepPersonalData(statements: readonly PersonalStatement[]): Companion[] {
  if (statements.length === 0) return [];
  const rows = [...statements].sort(byKey(({ incoming }) => incoming.identityKey));
  const texts = (of: (row: PersonalStatement) => string | undefined): Buffer =>
    textArray(rows.map((row) => of(row) ?? null));
  return [
    {
      text: `INSERT INTO ingestion.personal_data (key, customer_id, occurred_at, name, phone, address, birth_date)
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[])`,
      values: [
        uuidArray(rows.map(({ incoming }) => incoming.identityKey)),
        texts(({ customerId }) => customerId),
        timestamptzArray(rows.map(({ incoming }) => incoming.fact.occurredAt)),
        texts(({ incoming }) => incoming.personal?.name),
        texts(({ incoming }) => incoming.personal?.phone),
        texts(({ incoming }) => incoming.personal?.address),
        texts(({ incoming }) => incoming.personal?.birthDate),
      ],
      rows: rows.length,
    },
  ];
}
