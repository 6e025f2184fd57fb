import type { Calendar } from '../calendar.js';
import { pAliveBelowOn } from '../churn/churn-dates.js';
import type { LoanRun } from '../churn/loan-runs.js';
import { addDays, addWorkingDays, daysBetween } from '../days.js';
import { CAUSES_NAMED_MAX } from '../decisions.js';
import type { BusinessDay } from '../facts.js';
import { settlementInForce } from '../loan.js';
import type { Policy, WarningSignal } from '../policy/policy.js';
import { supersedes } from '../state.js';
import type { CustomerState, LoanState, Stamp } from '../state.js';
import type { DueMovement } from './movements.js';

/** What a signal is looked for in. Runs are those whose disbursal stands, in the order of their starts; never none. */
export interface Watched {
  readonly state: CustomerState;
  readonly runs: readonly LoanRun[];
  readonly movements: readonly DueMovement[];
  readonly policy: Policy;
  readonly calendar: Calendar;
}

/** A signal that holds: since which business day, and the facts behind it. Null = it does not hold. */
export type Found = { readonly since: BusinessDay; readonly facts: readonly string[] } | null;

export const SIGNALS: Readonly<Record<WarningSignal, (watched: Watched) => Found>> = {
  'early-repayment': earlyRepayment,
  'long-gap': longGap,
  'smaller-loan': smallerLoan,
  'balance-fall': balanceFall,
  'complaint-overdue': complaintOverdue,
  'low-survey-score': lowSurveyScore,
  'newly-overdue': newlyOverdue,
  'no-contact': noContact,
  'p-alive': fallenPAlive,
};

/** The loan settled last was settled long before its maturity, and no loan was disbursed since. */
function earlyRepayment({ runs, policy }: Watched): Found {
  let last: { run: LoanRun; settledOn: BusinessDay; factId: string } | null = null;
  for (const run of runs) {
    const settlement = settlementInForce(run.loan);
    if (settlement === null || (last !== null && settlement.on < last.settledOn)) continue;
    if (last !== null && settlement.on === last.settledOn && run.loanId < last.run.loanId) continue;
    last = { run, settledOn: settlement.on, factId: settlement.stamp[1] };
  }
  if (last === null) return null;
  const { run, settledOn, factId } = last;
  if (runs.some((other) => other !== run && other.start >= settledOn)) return null;
  const maturesOn = run.loan.rescheduled?.maturesOn ?? run.disbursal.maturesOn;
  if (daysBetween(settledOn, maturesOn) <= policy.warnings.earlyRepaymentDays) return null;
  return { since: settledOn, facts: [factId, run.disbursal.stamp[1]] };
}

/** More time has passed since the last loan than the customer usually lets pass between two. */
function longGap({ runs, policy, calendar }: Watched): Found {
  const [first, last] = [runs[0], runs.at(-1)];
  const gaps = new Set(runs.map(({ start }) => start)).size - 1;
  if (first === undefined || last === undefined || gaps < 1) return null;
  const days = daysBetween(first.start, last.start);
  const since = addDays(last.start, Math.floor((policy.warnings.longGapPercent * days) / (100 * gaps)) + 1);
  return calendar.reached(since) ? { since, facts: [last.disbursal.stamp[1]] } : null;
}

function smallerLoan({ runs, policy }: Watched): Found {
  const [before, last] = [runs.at(-2), runs.at(-1)];
  if (before === undefined || last === undefined) return null;
  const [was, is] = [before.disbursal, last.disbursal];
  if (was.currency !== is.currency) return null;
  const isSmaller =
    BigInt(is.principalMinor) * 100n < BigInt(was.principalMinor) * BigInt(policy.warnings.smallerLoanPercent);
  return isSmaller ? { since: is.on, facts: [is.stamp[1], was.stamp[1]] } : null;
}

function balanceFall({ movements }: Watched): Found {
  const last = movements.filter(({ isLast }) => isLast);
  const [first] = last;
  if (first === undefined) return null;
  return {
    since: last.reduce((earliest, { to }) => (to < earliest ? to : earliest), first.to),
    facts: last.flatMap(({ causes }) => causes),
  };
}

function complaintOverdue({ state, policy, calendar }: Watched): Found {
  const overdue: { on: BusinessDay; factId: string }[] = [];
  for (const { raised, resolved } of state.complaints.values()) {
    if (raised === null || resolved !== null) continue;
    const on = addDays(addWorkingDays(raised.on, policy.warnings.complaintWorkingDays), 1);
    if (calendar.reached(on)) overdue.push({ on, factId: raised.stamp[1] });
  }
  return together(overdue);
}

function lowSurveyScore({ state, policy }: Watched): Found {
  let last: { stamp: Stamp; on: BusinessDay; score: number } | null = null;
  for (const survey of state.surveys.values()) {
    const isLater =
      last === null || survey.on > last.on || (survey.on === last.on && supersedes(survey.stamp, last.stamp));
    if (isLater) last = survey;
  }
  if (last === null || last.score >= policy.warnings.surveyBelow) return null;
  return { since: last.on, facts: [last.stamp[1]] };
}

function newlyOverdue({ runs, policy, calendar }: Watched): Found {
  const overdue: { on: BusinessDay; factId: string }[] = [];
  for (const { loan, end } of runs) {
    if (end !== null) continue;
    for (const [no, { first, lastAsOf }] of loan.overdue) {
      if (isCured(loan, no, lastAsOf)) continue;
      const isNew = !calendar.reached(addDays(first.asOf, policy.warnings.newlyOverdueDays));
      if (isNew) overdue.push({ on: first.asOf, factId: first.factId });
    }
  }
  return together(overdue);
}

function isCured(loan: LoanState, no: number, lastAsOf: BusinessDay): boolean {
  const curedOn = loan.cured.get(no);
  return curedOn !== undefined && lastAsOf <= curedOn;
}

/** Nobody spoke with the customer for longer than their tier asks; a disbursal is a contact as well. */
function noContact({ state, runs, policy, calendar }: Watched): Found {
  const days = policy.warnings.contactDays[state.held.tier];
  const lastRun = runs.at(-1);
  if (days === null || lastRun === undefined) return null;
  const contact = state.lastContact;
  const isContactLater = contact !== null && contact.on > lastRun.start;
  const since = addDays(isContactLater ? contact.on : lastRun.start, days + 1);
  if (!calendar.reached(since)) return null;
  return { since, facts: [isContactLater ? contact.factId : lastRun.disbursal.stamp[1]] };
}

function fallenPAlive({ runs, policy, calendar }: Watched): Found {
  const { churnModel, warnings } = policy;
  const last = runs.at(-1);
  if (churnModel === null || last === undefined) return null;
  const starts = runs.map(({ start }) => start);
  const since = pAliveBelowOn(churnModel, starts, warnings.pAliveBelowPercent);
  return since !== null && calendar.reached(since) ? { since, facts: [last.disbursal.stamp[1]] } : null;
}

/** Several of one kind are one signal, since the first of them. */
function together(found: readonly { readonly on: BusinessDay; readonly factId: string }[]): Found {
  const ordered = [...found].sort((one, other) => {
    if (one.on !== other.on) return one.on < other.on ? -1 : 1;
    return one.factId < other.factId ? -1 : 1;
  });
  const [first] = ordered;
  if (first === undefined) return null;
  return { since: first.on, facts: ordered.slice(0, CAUSES_NAMED_MAX).map(({ factId }) => factId) };
}
