import type { WallSecond } from './business-time.js';

/** One thing that happened at the lender, before anybody has published it. */
export interface Occurrence {
  /** Without the prefix `lending.` and the version: `loan.disbursed`. */
  readonly type: string;
  /** Unique within the lender's source. */
  readonly id: string;
  readonly at: WallSecond;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A stretch of a customer's history: what happened, and the day before which nothing more will. */
export interface Chapter {
  readonly occurrences: readonly Occurrence[];
  readonly resumesOn: number;
}
