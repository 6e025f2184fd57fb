import type { IncomingFact, Refusal } from '@retention/contracts';
import type { Message, Origin, RejectionCode } from '../message.js';
import type { ConsumerAdvance } from '@retention/event-store';
import type { ReleasableFact } from './lookups.js';
import type { Operation } from './operation.js';

/** Why something is not taken in. */
export type Reason = Pick<Refusal, 'field' | 'reason' | 'factId'> & { readonly code: RejectionCode };

/** One item of a batch after reading: a fact, or why it is none. */
export interface ReadItem {
  readonly read: IncomingFact | (Reason & { readonly kind: 'refusal' });
  readonly origin: Origin;
  /** The message as it came; null for a fact the product reports itself. */
  readonly message: Message | null;
}

/** What an operator does with this batch. */
export interface PreparedOperation {
  readonly operation: Operation;
  /** A parked customer to be decided all the same. */
  readonly tries: string | null;
  /** Of the stream it is recorded in. */
  readonly recordVersion: number;
}

/** A batch with all that deciding needs looked up. Deciding itself then waits for nothing. */
export interface PreparedBatch {
  readonly advances: readonly ConsumerAdvance[];
  readonly items: readonly ReadItem[];
  /** Facts that leave the waiting room with this batch. */
  readonly released: readonly ReleasableFact[];
  readonly identities: ReadonlyMap<string, string>;
  readonly loanOwners: ReadonlyMap<string, string>;
  /** Customers to decide anew as a whole. */
  readonly due: ReadonlySet<string>;
  readonly operation: PreparedOperation | null;
  readonly customerIds: ReadonlySet<string>;
}

/** A fact that says whose loan it is. */
const CLAIMS = new Set<string>(['loan-applied', 'loan-approved', 'loan-rejected', 'loan-cancelled', 'loan-disbursed']);

export function claimsLoan(incoming: IncomingFact): incoming is IncomingFact & { loanId: string; customerId: string } {
  return incoming.loanId !== null && incoming.customerId !== null && CLAIMS.has(incoming.fact.type);
}
