import { REFUSAL_CODES } from '@retention/contracts';
import type { IncomingFact } from '@retention/contracts';
import type pg from 'pg';
import type { Origin, RejectionCode } from './message.js';

type Database = Pick<pg.Pool, 'query'>;

/** Every reason for which something becomes a dead letter. */
export const REJECTION_CODES: readonly RejectionCode[] = [
  ...REFUSAL_CODES,
  'conflicting-duplicate',
  'loan-of-another-customer',
  'currency-mismatch',
  'customer-cannot-be-decided',
  'message-cannot-be-read',
];

/**
 * What became of a fact that was sent again, by which its letter is done with; or that somebody gave it up. `refused`: for
 * another reason than before, under which it is kept as another letter.
 */
export const RESOLUTIONS = ['accepted', 'parked', 'duplicate', 'refused', 'discarded'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

export const DEAD_LETTER_STATES = ['open', 'resolved', 'all'] as const;
export type DeadLetterState = (typeof DEAD_LETTER_STATES)[number];

/** A refused message as a list shows it: without headers and body, which may hold personal data. */
export interface DeadLetterLine {
  /** Rises with the time of the first refusal. */
  readonly id: string;
  readonly code: RejectionCode;
  readonly field: string | null;
  readonly reason: string;
  readonly factId: string | null;
  /** Where it came in first. */
  readonly origin: Origin;
  /** How often the same bytes were refused for the same reason. */
  readonly seen: number;
  /** Null for a message without a value, or a fact kept in its customer's stream. */
  readonly bodyBytes: number | null;
  readonly recordedAt: Date;
  /** When it was handed to the dead-letter topic; null for other doors, and until then. */
  readonly publishedAt: Date | null;
  /** Of a fact whose customer cannot be decided: whose it is. */
  readonly customerId: string | null;
  /** Null = open. */
  readonly resolution: Resolution | null;
  readonly resolvedAt: Date | null;
  readonly resolvedBy: string | null;
  readonly resolvedBecause: string | null;
}

export type KeptHeader = { readonly text: string } | { readonly base64: string };

export interface KeptDeadLetter extends DeadLetterLine {
  readonly headers: Readonly<Record<string, KeptHeader>>;
  readonly body: Buffer | null;
  /** A fact the product reported itself, which came in no message; else null. */
  readonly fact: IncomingFact | null;
}

/** A fact that names only a loan nobody has claimed yet. */
export interface PendingFact {
  /** A UUID: the place in the list. */
  readonly key: string;
  readonly factId: string;
  readonly type: string;
  readonly loanId: string;
  readonly origin: Origin;
  readonly recordedAt: Date;
}

export interface DeadLetterPage {
  /** Only letters after this one; null = from the first. */
  readonly afterId: string | null;
  readonly limit: number;
  /** Only those refused for this reason; null = any. */
  readonly code: RejectionCode | null;
  readonly state: DeadLetterState;
}

const LINE_COLUMNS = `id, code, field, reason, fact_id AS "factId", origin, seen, octet_length(body) AS "bodyBytes",
  recorded_at AS "recordedAt", published_at AS "publishedAt", customer_id AS "customerId", resolution,
  resolved_at AS "resolvedAt", resolved_by AS "resolvedBy", resolved_because AS "resolvedBecause"`;

const OF_STATE: Readonly<Record<DeadLetterState, string>> = {
  open: 'AND resolution IS NULL',
  resolved: 'AND resolution IS NOT NULL',
  all: '',
};

/** Refused messages, oldest first. */
export async function deadLetters(
  database: Database,
  { afterId, limit, code, state }: DeadLetterPage,
): Promise<DeadLetterLine[]> {
  const { rows } = await database.query<DeadLetterLine>(
    `SELECT ${LINE_COLUMNS} FROM ingestion.dead_letter
     WHERE id > $1 AND ($2::text IS NULL OR code = $2) ${OF_STATE[state]} ORDER BY id LIMIT $3`,
    [afterId ?? '0', code, limit],
  );
  return rows;
}

/** One refused message with its headers and bytes; null when there is none of that id, or the id is no number. */
export async function deadLetter(database: Database, id: string): Promise<KeptDeadLetter | null> {
  if (!/^[1-9]\d{0,17}$/.test(id)) return null;
  const { rows } = await database.query<KeptDeadLetter>(
    `SELECT ${LINE_COLUMNS}, headers, body, fact FROM ingestion.dead_letter WHERE id = $1`,
    [id],
  );
  return rows[0] ?? null;
}

/** What is kept of a parked customer, in the order in which it came. */
export async function keptLettersOf(database: Database, customerId: string, limit: number): Promise<KeptDeadLetter[]> {
  const { rows } = await database.query<KeptDeadLetter>(
    `SELECT ${LINE_COLUMNS}, headers, body, fact FROM ingestion.dead_letter
     WHERE customer_id = $1 AND resolution IS NULL ORDER BY id LIMIT $2`,
    [customerId, limit],
  );
  return rows;
}

export interface DeadLetterCount {
  readonly code: RejectionCode;
  /** Different messages. */
  readonly letters: number;
  /** With repetitions. */
  readonly seen: number;
}

/** Refused messages nobody has dealt with, by reason, the most frequent first. */
export async function deadLetterCounts(database: Database): Promise<DeadLetterCount[]> {
  const { rows } = await database.query<{ code: RejectionCode; letters: string; seen: string }>(
    `SELECT code, count(*) AS letters, sum(seen) AS seen FROM ingestion.dead_letter
     WHERE resolution IS NULL GROUP BY code ORDER BY count(*) DESC, code`,
  );
  return rows.map(({ code, letters, seen }) => ({ code, letters: Number(letters), seen: Number(seen) }));
}

/** Refused messages nobody has dealt with. */
export async function openDeadLetterCount(database: Database): Promise<number> {
  return count(database, 'SELECT count(*) AS n FROM ingestion.dead_letter WHERE resolution IS NULL');
}

/** A customer who cannot be decided. */
export interface ParkedCustomer {
  readonly customerId: string;
  readonly since: Date;
  /** Why, the last time it was tried. */
  readonly error: string;
  /** How often it was tried. */
  readonly failures: number;
  /** The fact that was to be taken in when it failed first, and where it came in; null when a day was to be decided. */
  readonly factId: string | null;
  readonly origin: Origin | null;
  /** Facts kept as dead letters until the customer is tried again. */
  readonly letters: number;
}

export interface ParkedCustomerPage {
  /** Only customers after this one; null = from the first. */
  readonly afterCustomerId: string | null;
  readonly limit: number;
}

const PARKED_CUSTOMERS = `
  SELECT p.customer_id AS "customerId", p.since, p.error, p.failures, p.fact_id AS "factId", p.origin,
    (SELECT count(*)::int FROM ingestion.dead_letter d WHERE d.customer_id = p.customer_id AND d.resolution IS NULL)
      AS letters
  FROM ingestion.parked_customer p`;

/** Customers who cannot be decided, in the order of their ids. */
export async function parkedCustomers(
  database: Database,
  { afterCustomerId, limit }: ParkedCustomerPage,
): Promise<ParkedCustomer[]> {
  const { rows } = await database.query<ParkedCustomer>(
    `${PARKED_CUSTOMERS} WHERE $1::text IS NULL OR p.customer_id > $1 ORDER BY p.customer_id LIMIT $2`,
    [afterCustomerId, limit],
  );
  return rows;
}

/** Null when the customer can be decided, as far as anybody has tried. */
export async function parkedCustomer(database: Database, customerId: string): Promise<ParkedCustomer | null> {
  const { rows } = await database.query<ParkedCustomer>(`${PARKED_CUSTOMERS} WHERE p.customer_id = $1`, [customerId]);
  return rows[0] ?? null;
}

export async function parkedCustomerCount(database: Database): Promise<number> {
  return count(database, 'SELECT count(*) AS n FROM ingestion.parked_customer');
}

export interface PendingFactPage {
  /** Only facts after this key; null = from the first. */
  readonly afterKey: string | null;
  readonly limit: number;
}

/** Facts whose loan nobody has claimed, in the order of their keys, which says nothing of time. */
export async function pendingFacts(database: Database, { afterKey, limit }: PendingFactPage): Promise<PendingFact[]> {
  const { rows } = await database.query<PendingFact>(
    `SELECT key, fact_id AS "factId", type, loan_id AS "loanId", origin, recorded_at AS "recordedAt"
     FROM ingestion.pending_fact WHERE $1::uuid IS NULL OR key > $1 ORDER BY key LIMIT $2`,
    [afterKey, limit],
  );
  return rows;
}

export async function pendingFactCount(database: Database): Promise<number> {
  return count(database, 'SELECT count(*) AS n FROM ingestion.pending_fact');
}

/** Different facts ever taken, parked and pending ones included. Reads the whole index: for a person, not for a loop. */
export async function knownFactCount(database: Database): Promise<number> {
  return count(database, 'SELECT count(*) AS n FROM ingestion.fact_identity');
}

async function count(database: Database, query: string): Promise<number> {
  const { rows } = await database.query<{ n: string }>(query);
  return Number(rows[0]?.n ?? 0);
}
