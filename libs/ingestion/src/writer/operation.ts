import type { Companion, NewEvent } from '@retention/event-store';
import type { Message, Outcome, ReportedFact } from '../message.js';

/** The stream of what operators have done to kept facts. It is no customer's: only people read it. */
export const OPERATIONS_STREAM = 'operations';

/** What an operation takes in. */
export interface OperationItems {
  readonly items: readonly (Message | ReportedFact)[];
  /** A parked customer to be tried again; null = whoever is parked stays so. */
  readonly tries: string | null;
}

/** What was decided of it. */
export interface DecidedItems {
  readonly outcomes: readonly Outcome[];
  /** Why the customer that was tried still cannot be decided; null = they can, or nobody was tried. */
  readonly failure: string | null;
}

/** What has to become durable with it. */
export interface Conclusion {
  readonly companions: readonly Companion[];
  /** For the record. */
  readonly events: readonly NewEvent[];
  /** Whether the customer that was tried is parked no more. */
  readonly takesBack: boolean;
}

/**
 * Something an operator does. It is carried out like any submission, alone, and as often as others move what it rests on.
 */
export interface Operation {
  /** Looks up what it takes in, before each try. Throws when it cannot be done any more; nothing is written then. */
  prepare(): Promise<OperationItems>;
  /** What to write, each time it is decided; the last one is what was committed. */
  conclude(decided: DecidedItems): Conclusion;
}
