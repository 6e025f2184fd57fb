import { REFUSAL_CODES } from '@retention/contracts';
import type pg from 'pg';
import type { Origin, RejectionCode } from './message.js';

type Database = Pick<pg.Pool, 'query'>;

/** Every reason for which something becomes a dead letter. */
export const REJECTION_CODES: readonly RejectionCode[] = [
  ...REFUSAL_CODES,
  'conflicting-duplicate',
  'loan-of-another-customer',
  'currency-mismatch',
];

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
}

export type KeptHeader = { readonly text: string } | { readonly base64: string };

export interface KeptDeadLetter extends DeadLetterLine {
  readonly headers: Readonly<Record<string, KeptHeader>>;
  readonly body: Buffer | null;
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
}

const LINE_COLUMNS = `id, code, field, reason, fact_id AS "factId", origin, seen, octet_length(body) AS "bodyBytes",
  recorded_at AS "recordedAt", published_at AS "publishedAt"`;

/** Refused messages, oldest first. */
export async function deadLetters(
  database: Database,
  { afterId, limit, code }: DeadLetterPage,
): Promise<DeadLetterLine[]> {
  const { rows } = await database.query<DeadLetterLine>(
    `SELECT ${LINE_COLUMNS} FROM ingestion.dead_letter
     WHERE id > $1 AND ($2::text IS NULL OR code = $2) ORDER BY id LIMIT $3`,
    [afterId ?? '0', code, limit],
  );
  return rows;
}

/** One refused message with its headers and bytes; null when there is none of that id, or the id is no number. */
export async function deadLetter(database: Database, id: string): Promise<KeptDeadLetter | null> {
  if (!/^[1-9]\d{0,17}$/.test(id)) return null;
  const { rows } = await database.query<KeptDeadLetter>(
    `SELECT ${LINE_COLUMNS}, headers, body FROM ingestion.dead_letter WHERE id = $1`,
    [id],
  );
  return rows[0] ?? null;
}

export interface DeadLetterCount {
  readonly code: RejectionCode;
  /** Different messages. */
  readonly letters: number;
  /** With repetitions. */
  readonly seen: number;
}

/** Refused messages by reason, the most frequent first. */
export async function deadLetterCounts(database: Database): Promise<DeadLetterCount[]> {
  const { rows } = await database.query<{ code: RejectionCode; letters: string; seen: string }>(
    `SELECT code, count(*) AS letters, sum(seen) AS seen FROM ingestion.dead_letter
     GROUP BY code ORDER BY count(*) DESC, code`,
  );
  return rows.map(({ code, letters, seen }) => ({ code, letters: Number(letters), seen: Number(seen) }));
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
