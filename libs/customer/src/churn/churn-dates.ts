import type { Calendar } from '../calendar.js';
import { addDays, addMonths, halfYearAfter } from '../days.js';
import type { BusinessDay } from '../facts.js';
import { repaymentsInForce } from '../loan.js';
import { policyOn } from '../policy/policy.js';
import type { ChurnDefinition, ChurnModel, Policy, PolicyBook } from '../policy/policy.js';
import type { CustomerState, LoanState } from '../state.js';
import { historyOfDays } from './loan-history.js';
import type { LoanRun } from './loan-runs.js';
import { ageBelow } from './p-alive.js';

/** A time a customer was gone, from the day they are counted as churned to the day they came back. */
export interface ChurnSpan {
  readonly definition: ChurnDefinition;
  readonly churnedOn: BusinessDay;
  /** The day after which nothing more came: the end of the last loan, or by inactivity the last transaction. */
  readonly endedOn: BusinessDay;
  readonly lastLoanId: string;
  /** The fact of that day. */
  readonly endedBy: string;
  readonly wonBack: { readonly on: BusinessDay; readonly loanId: string; readonly factId: string } | null;
}

/** Loans one after the other between which the customer was never gone. */
interface Spell {
  readonly runs: readonly LoanRun[];
  readonly end: BusinessDay;
  readonly last: LoanRun;
}

/**
 * When the customer was gone, in order, as far as the calendar has come. `asked` null = by the definition that the policy
 * in force on the day the last loan ended makes the default.
 */
export function churnSpans(
  state: CustomerState,
  runs: readonly LoanRun[],
  asked: ChurnDefinition | null,
  book: PolicyBook,
  calendar: Calendar,
): ChurnSpan[] {
  if (runs.length === 0) return [];
  if (asked === 'inactivity') return spansByInactivity(state, runs, asked, book, calendar);
  const spans = spansByLoans(state, runs, asked, book, calendar);
  if (asked !== null || !book.some(({ churn }) => churn.definition === 'inactivity')) return spans;
  // A book that changed its default counts each time by the definition of its day.
  const byDay = new Map(spans.map((span) => [span.churnedOn, span]));
  for (const span of spansByInactivity(state, runs, null, book, calendar)) byDay.set(span.churnedOn, span);
  return [...byDay.values()].sort((one, other) => (one.churnedOn < other.churnedOn ? -1 : 1));
}

function spansByLoans(
  state: CustomerState,
  runs: readonly LoanRun[],
  asked: ChurnDefinition | null,
  book: PolicyBook,
  calendar: Calendar,
): ChurnSpan[] {
  const spans: ChurnSpan[] = [];
  const close = (spell: Spell | null, next: LoanRun | null): boolean => {
    if (spell === null) return false;
    const policy = policyOn(book, spell.end);
    const definition = asked ?? policy.churn.definition;
    const churnedOn = churnDateAfter(state, spell, definition, policy);
    if (churnedOn === null || (next !== null && churnedOn >= next.start) || !calendar.reached(churnedOn)) return false;
    const { loanId, endedBy } = spell.last;
    const wonBack = next === null ? null : { on: next.start, loanId: next.loanId, factId: next.disbursal.stamp[1] };
    spans.push({ definition, churnedOn, endedOn: spell.end, lastLoanId: loanId, endedBy: endedBy ?? '', wonBack });
    return true;
  };
  let spell: LoanRun[] = [];
  runs.forEach((run) => {
    if (close(endOf(spell), run)) spell = [];
    spell.push(run);
  });
  close(endOf(spell), null);
  return spans;
}

/** Null while one of the loans runs. */
function endOf(runs: readonly LoanRun[]): Spell | null {
  let last: LoanRun | null = null;
  for (const run of runs) {
    if (run.end === null) return null;
    if (last?.end == null || run.end >= last.end) last = run;
  }
  return last?.end == null ? null : { runs, end: last.end, last };
}

/** First day on which the customer counts as churned if no further loan comes; null = never. */
function churnDateAfter(
  state: CustomerState,
  { runs, end }: Spell,
  definition: ChurnDefinition,
  { churn, churnModel }: Policy,
): BusinessDay | null {
  switch (definition) {
    case 'grace':
      return unlessApproved(state, addDays(end, churn.graceDays + 1));
    case 'inactivity':
      // Counted from transactions, not from the ends of loans.
      return null;
    case 'reborrow':
      return addMonths(halfYearAfter(end), churn.reborrowMonths);
    case 'model': {
      if (churnModel === null) return null;
      const disbursals = runs.map(({ start }) => start);
      const fallen = pAliveBelowOn(churnModel, disbursals, churn.modelBelowPercent);
      const after = addDays(end, 1);
      return fallen === null || fallen > after ? fallen : after;
    }
  }
}

/** The first day on which P(alive) is under so many percent if no further loan comes; null = never. */
export function pAliveBelowOn(
  model: ChurnModel,
  disbursalDays: readonly BusinessDay[],
  percent: number,
): BusinessDay | null {
  const history = historyOfDays(disbursalDays, model.unitDays);
  if (history === null) return null;
  const age = ageBelow(model, history, percent);
  const days = Math.floor(age * model.unitDays) + 1;
  return Number.isFinite(days) && days < DAYS_MAX ? addDays(history.first, days) : null;
}

/** Further away than any calendar of a lender: 1,000 years. */
const DAYS_MAX = 365_000;

/** The first day from `day` on with no loan approved and still to be disbursed; null while one is. */
function unlessApproved(state: CustomerState, day: BusinessDay): BusinessDay | null {
  let first = day;
  for (;;) {
    const until = approvedUntil(state, first);
    if (until === undefined) return first;
    if (until === null) return null;
    first = until;
  }
}

/** The day the approval that is pending on `day` ends; null = it does not; undefined = none is pending. */
function approvedUntil(state: CustomerState, day: BusinessDay): BusinessDay | null | undefined {
  for (const loan of state.loans.values()) {
    if (loan.approved === null || loan.approved.on > day) continue;
    const until = approvalEnd(loan);
    if (until === null || until > day) return until;
  }
  return undefined;
}

function approvalEnd({ answer, disbursed }: LoanState): BusinessDay | null {
  const refused = answer !== null && answer.answer !== 'approved' ? answer.on : null;
  const taken = disbursed?.on ?? null;
  if (refused === null || taken === null) return refused ?? taken;
  return refused < taken ? refused : taken;
}

interface Transaction {
  readonly on: BusinessDay;
  readonly loanId: string;
  readonly factId: string;
}

function spansByInactivity(
  state: CustomerState,
  runs: readonly LoanRun[],
  asked: 'inactivity' | null,
  book: PolicyBook,
  calendar: Calendar,
): ChurnSpan[] {
  const spans: ChurnSpan[] = [];
  const transactions = transactionsOf(state, runs);
  transactions.forEach(({ on: endedOn, loanId, factId }, index) => {
    const next = transactions[index + 1];
    const { churn } = policyOn(book, endedOn);
    if (asked === null && churn.definition !== 'inactivity') return;
    const churnedOn = addDays(addMonths(endedOn, churn.inactivityMonths), 1);
    if ((next !== undefined && churnedOn >= next.on) || !calendar.reached(churnedOn)) return;
    const wonBack = next === undefined ? null : { on: next.on, loanId: next.loanId, factId: next.factId };
    spans.push({ definition: 'inactivity', churnedOn, endedOn, lastLoanId: loanId, endedBy: factId, wonBack });
  });
  return spans;
}

/** Disbursals, settlements and repayments, by day; of one day the one with the greatest fact id. */
function transactionsOf(state: CustomerState, runs: readonly LoanRun[]): Transaction[] {
  const byDay = new Map<BusinessDay, Transaction>();
  const note = (transaction: Transaction): void => {
    const known = byDay.get(transaction.on);
    if (known === undefined || transaction.factId > known.factId) byDay.set(transaction.on, transaction);
  };
  for (const { loan, loanId, disbursal, end, endedBy } of runs) {
    note({ on: disbursal.on, loanId, factId: disbursal.stamp[1] });
    if (loan.settled !== null && end !== null && endedBy === loan.settled.stamp[1]) {
      note({ on: loan.settled.on, loanId, factId: endedBy });
    }
    for (const { on, stamp, amountMinor } of repaymentsInForce(loan)) {
      if (amountMinor > 0) note({ on, loanId, factId: stamp[1] });
    }
  }
  return [...byDay.values()].sort((one, other) => (one.on < other.on ? -1 : 1));
}
