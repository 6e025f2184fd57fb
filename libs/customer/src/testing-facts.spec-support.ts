import { takeDay, takeFacts } from './decide.js';
import type { Taken } from './decide.js';
import type { CustomerEvent, Decision } from './decisions.js';
import { isDecision } from './evolve-decision.js';
import type * as facts from './facts.js';
import { DEFAULT_POLICY_BOOK } from './policy/default-policy.js';
import type { PolicyBook } from './policy/policy.js';
import { unknownCustomer } from './state.js';
import type { CustomerState } from './state.js';

/** Facts as a story tells them: one line each, with an id made of what they say, at noon of their day in Shanghai. */
type More<F> = Partial<Omit<F, 'type'>>;

export function noonOf(day: facts.BusinessDay): number {
  return Date.parse(`${day}T12:00:00+08:00`);
}

function said(what: string, day: facts.BusinessDay) {
  return { factId: `core#${what}-${day}`, occurredAt: noonOf(day) };
}

export function registered(on = '2019-01-01', more: More<facts.CustomerRegistered> = {}): facts.CustomerRegistered {
  return { type: 'customer-registered', ...said('registered', on), kind: 'personal', registeredOn: on, ...more };
}

export function profileChanged(on: string, more: More<facts.CustomerProfileChanged>): facts.CustomerProfileChanged {
  return { type: 'customer-profile-changed', ...said('profile', on), changedOn: on, ...more };
}

export function reassigned(on: string, more: More<facts.CustomerReassigned>): facts.CustomerReassigned {
  return { type: 'customer-reassigned', ...said('reassigned', on), effectiveOn: on, ...more };
}

export function disbursed(loanId: string, on: string, more: More<facts.LoanDisbursed> = {}): facts.LoanDisbursed {
  const terms = { product: 'micro', principalMinor: 7_000_000, currency: 'CNY', maturesOn: '2030-12-31' };
  return { type: 'loan-disbursed', ...said(`disbursed-${loanId}`, on), loanId, ...terms, disbursedOn: on, ...more };
}

export function disbursalUndone(loanId: string, on: string): facts.LoanDisbursalUndone {
  return { type: 'loan-disbursal-undone', ...said(`disbursal-undone-${loanId}`, on), loanId, undoneOn: on };
}

export function settled(loanId: string, on: string): facts.LoanSettled {
  return { type: 'loan-settled', ...said(`settled-${loanId}`, on), loanId, settledOn: on };
}

export function settlementUndone(loanId: string, on: string): facts.LoanSettlementUndone {
  return { type: 'loan-settlement-undone', ...said(`settlement-undone-${loanId}`, on), loanId, undoneOn: on };
}

export function overdue(loanId: string, asOf: string, more: More<facts.InstalmentOverdue> = {}) {
  const report = { no: 1, dueOn: asOf, asOf, daysPastDue: 3, amount: '1200.00' };
  return { type: 'instalment-overdue', ...said(`overdue-${loanId}`, asOf), loanId, ...report, ...more } as const;
}

export function cured(loanId: string, on: string, no = 1): facts.InstalmentCured {
  return { type: 'instalment-cured', ...said(`cured-${loanId}-${String(no)}`, on), loanId, no, curedOn: on };
}

export function writtenOff(loanId: string, on: string, more: More<facts.LoanWrittenOff> = {}): facts.LoanWrittenOff {
  const amount = { amountMinor: 500_000, currency: 'CNY' };
  return { type: 'loan-written-off', ...said(`written-off-${loanId}`, on), loanId, ...amount, on, ...more };
}

export function recovered(loanId: string, on: string, more: More<facts.LoanRecovered> = {}): facts.LoanRecovered {
  const amount = { amountMinor: 100_000, currency: 'CNY' };
  return { type: 'loan-recovered', ...said(`recovered-${loanId}`, on), loanId, ...amount, on, ...more };
}

export function repaid(repaymentId: string, loanId: string, on: string, more: More<facts.RepaymentReceived> = {}) {
  const amount = { amountMinor: 120_000, currency: 'CNY' };
  const about = { repaymentId, loanId, paidOn: on };
  return { type: 'repayment-received', ...said(`repaid-${repaymentId}`, on), ...about, ...amount, ...more } as const;
}

export function repaymentReversed(repaymentId: string, loanId: string, on: string): facts.RepaymentReversed {
  const about = { repaymentId, loanId, reversedOn: on };
  return { type: 'repayment-reversed', ...said(`reversed-${repaymentId}`, on), ...about };
}

export function adjusted(points: number, on: string, factId = `people#${String(points)}-${on}`): facts.PointsAdjusted {
  const why = { by: 'head-of-branch', reason: 'goodwill' };
  return { type: 'points-adjusted', factId, occurredAt: noonOf(on), points, on, ...why };
}

export function applied(loanId: string, on: string): facts.LoanApplied {
  const terms = { product: 'micro', amountMinor: 7_000_000, currency: 'CNY' };
  return { type: 'loan-applied', ...said(`applied-${loanId}`, on), loanId, ...terms, appliedOn: on };
}

export function approved(loanId: string, on: string): facts.LoanApproved {
  return { type: 'loan-approved', ...said(`approved-${loanId}`, on), loanId, on };
}

export function cancelled(loanId: string, on: string): facts.LoanCancelled {
  return { type: 'loan-cancelled', ...said(`cancelled-${loanId}`, on), loanId, on };
}

export function rescheduled(loanId: string, on: string, maturesOn: string): facts.LoanRescheduled {
  return { type: 'loan-rescheduled', ...said(`rescheduled-${loanId}`, on), loanId, maturesOn, rescheduledOn: on };
}

export function churnReason(reason: string, on: string): facts.ChurnReasonReported {
  return { type: 'churn-reason-reported', ...said(`reason-${reason}`, on), reason, reportedOn: on };
}

export function deposit(from: string, to: string, averageDepositMinor: number, more: More<facts.BalanceObserved> = {}) {
  const what = { from, to, currency: 'CNY', averageDepositMinor };
  return { type: 'balance-observed', ...said(`deposit-${from}`, to), ...what, ...more } as const;
}

export function complained(complaintId: string, on: string): facts.ComplaintRaised {
  return { type: 'complaint-raised', ...said(`complaint-${complaintId}`, on), complaintId, raisedOn: on };
}

export function complaintResolved(complaintId: string, on: string): facts.ComplaintResolved {
  return { type: 'complaint-resolved', ...said(`resolved-${complaintId}`, on), complaintId, resolvedOn: on };
}

export function surveyed(surveyId: string, on: string, score: number): facts.SurveyAnswered {
  return { type: 'survey-answered', ...said(`survey-${surveyId}`, on), surveyId, answeredOn: on, score };
}

export function contacted(contactId: string, on: string): facts.ContactMade {
  return { type: 'contact-made', ...said(`contact-${contactId}`, on), contactId, madeOn: on };
}

export function giftHandedOver(referredId: string, on: string): facts.GiftHandedOver {
  return { type: 'gift-handed-over', ...said(`gift-${referredId}`, on), referredId, handedOverOn: on };
}

/** What the referral reactor reports: the referred customer's loan, or with `null` that none is left. */
export function referral(referredId: string, revision: number, loan: { loanId: string; on: string } | null) {
  const factId = `referrals#${referredId}:${String(revision)}`;
  const report = { referredId, revision, loanId: loan?.loanId ?? null, on: loan?.on ?? null };
  return { type: 'referral-reported', factId, occurredAt: 0, ...report } as const;
}

export interface Story {
  readonly state: CustomerState;
  /** The stream so far. */
  readonly events: CustomerEvent[];
  /** Takes the facts in one batch and tells what was decided, apart from what `whenStated` and `whenWatched` tell. */
  when(...more: facts.CustomerFact[]): Decision[];
  /** The same, but tells who the customer is and where the loans stand, which nearly every fact says anew. */
  whenStated(...more: facts.CustomerFact[]): Decision[];
  /** The same, but tells of warnings, the phase and gifts, which move with most facts of loans and referrals. */
  whenWatched(...more: facts.CustomerFact[]): Decision[];
  /** Closes a business day and tells everything that was decided. */
  whenClosed(day: facts.BusinessDay): Decision[];
  /** The day before which deciding anew comes to nothing. */
  wakeOn(): facts.BusinessDay | null;
}

const STATED: readonly Decision['type'][] = ['profile-determined', 'loan-status-changed'];
const WATCHED: readonly Decision['type'][] = ['phase-changed', 'warning-changed', 'gift-status-changed'];

interface Given {
  readonly customerId?: string;
  readonly book?: PolicyBook;
  /** The day the calendar stands at; none unless told. */
  readonly closedDay?: facts.BusinessDay;
}

/** A customer of whom these facts are known, taken one at a time. */
export function given(
  known: readonly facts.CustomerFact[],
  { customerId = 'C1', book = DEFAULT_POLICY_BOOK, closedDay = '' }: Given = {},
): Story {
  const state = unknownCustomer(customerId);
  const events: CustomerEvent[] = [];
  let day = closedDay;
  let wakeOn: facts.BusinessDay | null = null;
  const keep = (taken: Taken): Decision[] => {
    events.push(...taken.events);
    wakeOn = taken.wakeOn;
    return taken.events.filter(isDecision);
  };
  const take = (more: readonly facts.CustomerFact[]): Decision[] =>
    keep(takeFacts(state, more, { book, closedDay: day }));
  for (const fact of known) take([fact]);
  return {
    state,
    events,
    when: (...more) => take(more).filter(({ type }) => !STATED.includes(type) && !WATCHED.includes(type)),
    whenStated: (...more) => take(more).filter(({ type }) => STATED.includes(type)),
    whenWatched: (...more) => take(more).filter(({ type }) => WATCHED.includes(type)),
    whenClosed: (closed) => {
      day = closed;
      return keep(takeDay(state, { book, closedDay: day }));
    },
    wakeOn: () => wakeOn,
  };
}

/** A loan used and settled without an instalment overdue: 12 points. */
export function goodLoan(loanId: string, year: number): facts.CustomerFact[] {
  return [disbursed(loanId, `${String(year)}-02-01`), settled(loanId, `${String(year)}-11-01`)];
}

export function types(decisions: readonly CustomerEvent[]): string[] {
  return decisions.map(({ type }) => type);
}
