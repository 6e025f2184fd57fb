import type { Companion } from '@retention/event-store';
import type pg from 'pg';
import type { Outcome } from '../message.js';
import { keptLettersOf, parkedCustomer } from '../queries.js';
import type { KeptDeadLetter, ParkedCustomer } from '../queries.js';
import type { FactWriter } from '../writer/fact-writer.js';
import type { Conclusion, DecidedItems, Operation } from '../writer/operation.js';
import type { OperationOptions } from './dead-letter-operations.js';
import { endLetters, keptItem, resolutionOf } from './ending-letters.js';
import { CustomerNotParked } from './errors.js';
import { checkedNote } from './operator-note.js';
import type { OperatorNote } from './operator-note.js';
import { recorded } from './recorded-operation.js';

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
export async function retryParkedCustomer(
  writer: FactWriter,
  database: pg.Pool,
  customerId: string,
  note: OperatorNote,
  { dryRun }: OperationOptions,
): Promise<RetriedCustomer> {
  const checked = checkedNote(note);
  const customer = await stillParked(database, customerId);
  const letters: RetriedLetter[] = [];
  for (;;) {
    const attempt = new Retry(database, customerId, checked, writer.batchFacts);
    await (dryRun ? writer.rehearse(attempt) : writer.operate(attempt));
    const { failure, taken, isLast } = attempt;
    if (failure !== null) return { customer, isDecided: false, error: failure, letters };
    letters.push(...taken);
    if (isLast || dryRun) break;
  }
  // What waits for loans of theirs was left where it is.
  if (!dryRun) await writer.sweepPending();
  return { customer, isDecided: true, error: null, letters };
}

/** One batch of kept facts. */
class Retry implements Operation {
  failure: string | null = null;
  taken: readonly RetriedLetter[] = [];
  /** Whether nothing is kept behind this batch. */
  isLast = false;
  private customer: ParkedCustomer | null = null;
  private letters: readonly KeptDeadLetter[] = [];

  constructor(
    private readonly database: pg.Pool,
    private readonly customerId: string,
    private readonly note: OperatorNote,
    private readonly lettersMax: number,
  ) {}

  async prepare(): ReturnType<Operation['prepare']> {
    this.customer = await stillParked(this.database, this.customerId);
    // One more than are taken, which says whether there are more.
    const letters = await keptLettersOf(this.database, this.customerId, this.lettersMax + 1);
    this.isLast = letters.length <= this.lettersMax;
    this.letters = letters.slice(0, this.lettersMax);
    return { items: this.letters.flatMap((letter) => keptItem(letter) ?? []), tries: this.customerId };
  }

  conclude({ outcomes, failure }: DecidedItems): Conclusion {
    this.failure = failure;
    this.taken = this.letters.flatMap(({ id, factId }, place) => {
      const outcome = outcomes[place];
      return outcome === undefined ? [] : [{ id, factId, outcome }];
    });
    const hasFailed = failure !== null;
    const takesBack = !hasFailed && this.isLast;
    const ends = this.letters.flatMap(({ id, code }, place) => {
      const outcome = outcomes[place];
      const resolution = outcome === undefined || hasFailed ? null : resolutionOf(outcome, code);
      return resolution === null ? [] : [{ id, resolution }];
    });
    return {
      companions: [this.asLookedUp(), ...endLetters(ends, this.note), ...(takesBack ? [this.takeBack()] : [])],
      events: [
        recorded(this.note, { operation: 'parked-customer-retried', ...this.standings(ends.length, takesBack) }),
      ],
      takesBack,
    };
  }

  private standings(
    ended: number,
    takesBack: boolean,
  ): Pick<Parameters<typeof recorded>[1], 'subject' | 'before' | 'after'> {
    const { failures = 0, error = null, letters = 0 } = this.customer ?? {};
    const failed = this.failure === null ? { failures, error } : { failures: failures + 1, error: this.failure };
    return {
      subject: this.customerId,
      before: { failures, error, letters },
      after: takesBack ? null : { ...failed, letters: letters - ended },
    };
  }

  /** Everything up to the last letter taken is what is kept of the customer; and all of it, when it is the last batch. */
  private asLookedUp(): Companion {
    const upTo = this.isLast ? null : (this.letters.at(-1)?.id ?? null);
    return {
      text: `SELECT id FROM ingestion.dead_letter
        WHERE customer_id = $1 AND resolution IS NULL AND ($2::bigint IS NULL OR id <= $2) ORDER BY id FOR UPDATE`,
      values: [this.customerId, upTo],
      rows: this.letters.length,
    };
  }

  private takeBack(): Companion {
    return {
      text: 'DELETE FROM ingestion.parked_customer WHERE customer_id = $1',
      values: [this.customerId],
      rows: 1,
    };
  }
}

async function stillParked(database: pg.Pool, customerId: string): Promise<ParkedCustomer> {
  const customer = await parkedCustomer(database, customerId);
  if (customer === null) throw new CustomerNotParked(customerId);
  return customer;
}
