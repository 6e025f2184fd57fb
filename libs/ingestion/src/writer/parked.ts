import type { IncomingFact } from '@retention/contracts';
import type { Companion } from '@retention/event-store';
import { textArray } from '@retention/platform';
import type { Outcome } from '../message.js';
import { letterOf } from './dead-letters.js';
import type { DeadLetter } from './dead-letters.js';
import type { ReadItem, Reason } from './prepared.js';

/** A customer who could not be decided in this batch. */
export interface CustomerFailure {
  readonly customerId: string;
  readonly error: string;
  /** The one fact that was to be taken in, and its origin as JSON; null when there was none, or several. */
  readonly factId: string | null;
  readonly origin: string | null;
}

/** Enough for the message of an error; what a damaged payload quotes has no end. */
const ERROR_CHARACTERS_MAX = 1000;

export function errorText(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.replaceAll('\u0000', '').slice(0, ERROR_CHARACTERS_MAX);
}

/** Says nothing of the error: it goes back to whoever sent the fact. */
function whyKept(factId: string, customerId: string): Reason {
  const reason = `customer ${customerId} cannot be decided; the fact is kept until they are tried again`;
  return { code: 'customer-cannot-be-decided', field: null, reason, factId };
}

export function keptOutcome(factId: string, customerId: string): Outcome {
  return { status: 'refused', ...whyKept(factId, customerId), factId };
}

/** The fact with all that is needed to take it in later as if it came only then. */
export function keptLetter(item: ReadItem, read: IncomingFact, customerId: string): DeadLetter {
  const kept = { customerId, read, isReported: item.message === null };
  return letterOf(item, whyKept(read.factId, customerId), kept);
}

/** Parks them; of those who are parked, counts that they were tried again. */
export function parkCustomers(failures: readonly CustomerFailure[]): Companion[] {
  if (failures.length === 0) return [];
  const rows = [...failures].sort((one, other) => (one.customerId < other.customerId ? -1 : 1));
  return [
    {
      text: `INSERT INTO ingestion.parked_customer AS p (customer_id, error, fact_id, origin)
        SELECT customer_id, error, fact_id, origin::json FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
          AS k(customer_id, error, fact_id, origin)
        ON CONFLICT (customer_id) DO UPDATE SET error = excluded.error, failures = p.failures + 1`,
      values: [
        textArray(rows.map(({ customerId }) => customerId)),
        textArray(rows.map(({ error }) => error)),
        textArray(rows.map(({ factId }) => factId)),
        textArray(rows.map(({ origin }) => origin)),
      ],
      rows: rows.length,
    },
  ];
}

/** Errors of the process, whoever it was deciding when it met them. */
export function isOfTheProcess(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return code === 'ERR_MEMORY_ALLOCATION_FAILED' || error.message === 'Array buffer allocation failed';
}
