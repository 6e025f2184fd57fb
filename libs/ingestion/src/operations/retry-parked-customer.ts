import type pg from 'pg';
import type { Outcome } from '../message.js';
import type { ParkedCustomer } from '../queries.js';
import type { FactWriter } from '../writer/fact-writer.js';
import type { OperationOptions } from './dead-letter-operations.js';
import type { OperatorNote } from './operator-note.js';

/** What became of one kept fact when its customer was tried again. */
export interface RetriedLetter {
  readonly id: string;
  readonly factId: string | null;
  readonly outcome: Outcome;
}

export interface RetriedCustomer {
  /** As they were parked before. */
  readonly customer: ParkedCustomer;
  /** Whether they can be decided: then they are parked no more (in a dry run: would be). */
  readonly isDecided: boolean;
  /** Why they still cannot be decided; null when they can. */
  readonly error: string | null;
  /** The kept facts that were taken in, in the order in which they came; those of an attempt that failed are not in it. */
  readonly letters: readonly RetriedLetter[];
}

/**
 * Tries again to load and decide a parked customer: takes in all their kept facts in the order in which they came, ends
 * the letters, decides them as a whole, and lets in their further facts from then on. When it fails, they stay parked,
 * with one failure more and the error of this time; no letter changes.
 *
 * All of it is one append as long as the kept facts fit into one batch. More are taken in batch by batch, and the
 * customer is parked until the last: what comes in meanwhile is kept behind them.
 * @throws OperatorNoteRefused, CustomerNotParked.
 */
export function retryParkedCustomer(
  writer: FactWriter,
  database: pg.Pool,
  customerId: string,
  note: OperatorNote,
  { dryRun }: OperationOptions,
): Promise<RetriedCustomer> {
  return Promise.reject(new Error(`not built: ${String([writer, database, customerId, note, dryRun])}`));
}
