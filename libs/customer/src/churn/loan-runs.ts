import type { BusinessDay } from '../facts.js';
import { disbursalInForce, settlementInForce, writeOffInForce } from '../loan.js';
import type { CustomerState, Disbursed, LoanState } from '../state.js';

/** The time a loan runs: from its disbursal to its settlement or write-off. On the day it ends it runs no more. */
export interface LoanRun {
  readonly loanId: string;
  readonly loan: LoanState;
  readonly disbursal: Disbursed;
  readonly start: BusinessDay;
  /** Null while it runs. Never before the start. */
  readonly end: BusinessDay | null;
  /** The fact that ended it. */
  readonly endedBy: string | null;
}

/** Every loan whose disbursal stands, in the order of their starts, then of their ids. */
export function loanRuns(state: CustomerState): LoanRun[] {
  const runs: LoanRun[] = [];
  for (const loan of state.loans.values()) {
    const disbursal = disbursalInForce(loan);
    if (disbursal === null) continue;
    const ended = settlementInForce(loan) ?? writeOffInForce(loan);
    const start = disbursal.on;
    const end = ended === null ? null : ended.on < start ? start : ended.on;
    runs.push({ loanId: loan.loanId, loan, disbursal, start, end, endedBy: ended?.stamp[1] ?? null });
  }
  return runs.sort(byStart);
}

/** The days on which a registered customer was disbursed a loan that stands, in order. */
export function disbursalDays(state: CustomerState): BusinessDay[] {
  return state.registration === null ? [] : loanRuns(state).map(({ start }) => start);
}

function byStart(one: LoanRun, other: LoanRun): number {
  if (one.start !== other.start) return one.start < other.start ? -1 : 1;
  return one.loanId < other.loanId ? -1 : 1;
}

/** The loans that ran last up to a day: the one that started last, and those that had not ended when it did. */
export function lastRuns(runs: readonly LoanRun[], day: BusinessDay): LoanRun[] {
  const started = runs.filter(({ start }) => start <= day);
  const last = started.at(-1);
  return last === undefined ? [] : started.filter(({ end }) => end === null || end >= last.start);
}
