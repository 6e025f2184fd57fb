import type { Outcome, Submission } from '../message.js';
import type { Operation } from './operation.js';

export interface Waiting {
  readonly submission: Submission;
  /** What an operator does, which gives the submission its items; null for what comes in by itself. */
  readonly operation: Operation | null;
  readonly resolve: (outcomes: readonly Outcome[]) => void;
  readonly reject: (error: unknown) => void;
}

/** What is prepared, decided and committed together: submissions of callers, and loans whose pending facts may be let in. */
export interface Group {
  /** An operation is alone. */
  readonly callers: readonly Waiting[];
  readonly releaseLoans: readonly string[];
}
