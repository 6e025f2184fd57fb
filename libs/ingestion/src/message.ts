import type { IncomingFact, RefusalCode } from '@retention/contracts';
import type { ConsumerAdvance } from '@retention/event-store';

/** Where a message came in: kept with the fact for ever, so that every decision can be followed back to it. */
export type Origin =
  | { readonly door: 'kafka'; readonly topic: string; readonly partition: number; readonly offset: string }
  | { readonly door: 'file'; readonly file: string; readonly line: number }
  | { readonly door: 'http'; readonly request: string; readonly index: number }
  /** Taken in good order once, and contradicted by what came later into the same stream. */
  | { readonly door: 'stream'; readonly stream: string }
  /** The product itself, on behalf of the calendar. */
  | { readonly door: 'calendar'; readonly closedBy: 'scheduler' | 'command line' }
  | { readonly door: 'reactor'; readonly reactor: string; readonly stream: string; readonly version: number };

/** A message as it came, not read yet. */
export interface Message {
  readonly kind: 'message';
  readonly bytes: Buffer | null;
  readonly headers?: Readonly<Record<string, Buffer | string | undefined>>;
  readonly origin: Origin;
}

/** A fact the product itself reports, from a reactor. */
export interface ReportedFact {
  readonly kind: 'reported';
  readonly fact: IncomingFact;
  readonly origin: Origin;
}

/** What is taken together or not at all, with the consumer offsets that move with it. */
export interface Submission {
  readonly items: readonly (Message | ReportedFact)[];
  readonly advances: readonly ConsumerAdvance[];
  /** Customers to decide anew as a whole: a day has come for them, or policies have changed. */
  readonly due?: readonly string[];
}

export type RejectionCode =
  | RefusalCode
  | 'conflicting-duplicate'
  | 'loan-of-another-customer'
  | 'currency-mismatch'
  /** The fact is in order; its customer's stream is damaged, or the product fails on it. */
  | 'customer-cannot-be-decided'
  /** The product fails on reading it. */
  | 'message-cannot-be-read';

/**
 * What became of one message. `accepted`: it has taken effect. `parked`: it is kept and waits for another fact.
 * `duplicate`: the same content is known already. `conflicting-duplicate` and `refused`: it is kept as a dead letter.
 */
export type Outcome =
  | { readonly status: 'accepted' | 'parked' | 'duplicate'; readonly factId: string }
  | {
      readonly status: 'conflicting-duplicate' | 'refused';
      readonly factId: string | null;
      readonly code: RejectionCode;
      readonly field: string | null;
      readonly reason: string;
    };

export type OutcomeStatus = Outcome['status'];
export const OUTCOME_STATUSES: readonly OutcomeStatus[] = [
  'accepted',
  'parked',
  'duplicate',
  'conflicting-duplicate',
  'refused',
];
