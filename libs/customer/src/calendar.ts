import type { BusinessDay } from './facts.js';
import type { PolicyBook } from './policy/policy.js';

/** What decisions are made under, beside the facts: the policies, and the day the calendar stands at. */
export interface Governing {
  readonly book: PolicyBook;
  /** The last business day that was closed; empty = none yet, and nothing that waits for a day has come. */
  readonly closedDay: BusinessDay;
}

/**
 * The one way to compare with the calendar. Every rule that waits for a day asks `reached`; what it is told no to is
 * remembered, so the earliest of these days is the next on which deciding anew can come to something else.
 */
export class Calendar {
  private next: BusinessDay | null = null;

  constructor(private readonly closedDay: BusinessDay) {}

  reached(day: BusinessDay): boolean {
    if (day <= this.closedDay) return true;
    if (this.next === null || day < this.next) this.next = day;
    return false;
  }

  /** The day before which nothing changes without a new fact; null = none ever. */
  wakeOn(): BusinessDay | null {
    return this.next;
  }
}
