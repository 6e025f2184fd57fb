import { Calendar } from './calendar.js';
import type { Governing } from './calendar.js';
import { decideChurn, dueChurns } from './churn/decide-churn.js';
import { loanRuns } from './churn/loan-runs.js';
import { CAUSES_NAMED_MAX } from './decisions.js';
import type { CustomerEvent, Decision, RecordDecision } from './decisions.js';
import { decideGifts } from './decide-gifts.js';
import { decideLedger, everyEntry } from './decide-ledger.js';
import type { TouchedEntries } from './decide-ledger.js';
import { decideLoanStatus } from './decide-loan-status.js';
import { decideParked } from './decide-parked.js';
import { decideProfile } from './decide-profile.js';
import { decideReferral } from './decide-referral.js';
import { decideSetAside } from './decide-set-aside.js';
import { decideStanding } from './decide-standing.js';
import { evolve } from './evolve.js';
import { evolveDecision } from './evolve-decision.js';
import type { BusinessDay, CustomerFact, FactType } from './facts.js';
import { isGone, phaseOf } from './phase.js';
import { policyOn } from './policy/policy.js';
import type { CustomerState } from './state.js';
import { decideWarning, NO_WARNING, raisedSignals, warningOf } from './warnings/decide-warning.js';
import { decideMovements, dueMovements } from './warnings/movements.js';

/** What was taken into a customer's stream. */
export interface Taken {
  /** The facts, followed by what was decided. */
  readonly events: readonly CustomerEvent[];
  /** Until this day is closed deciding anew comes to nothing, unless a fact or a policy comes; null = it never will. */
  readonly wakeOn: BusinessDay | null;
}

/**
 * Takes facts into a customer: folds them, derives what should hold, and returns the facts followed by the decisions
 * that make up the difference. `state` is changed in place to the state after all returned events.
 *
 * For any order, repetition and batching of the same facts and closed days the state afterwards is the same in its
 * canonical form. The cost is that of what the facts touch: the loans they name, and one look over the loans, balances,
 * complaints and surveys of the customer. Every loan is looked at when the customer registers.
 */
export function takeFacts(state: CustomerState, facts: readonly CustomerFact[], governing: Governing): Taken {
  const wasRegistered = state.registration !== null;
  for (const fact of facts) evolve(state, fact);
  const touched = wasRegistered ? touchedBy(facts) : everything(state);
  return decideAll(state, facts, touched, governing);
}

/**
 * Decides the whole customer anew: a day has come that something waited for, or another policy is in force. Without
 * either this decides nothing.
 */
export function takeDay(state: CustomerState, governing: Governing): Taken {
  return decideAll(state, [], everything(state), governing);
}

function decideAll(
  state: CustomerState,
  facts: readonly CustomerFact[],
  touched: Touched,
  governing: Governing,
): Taken {
  const decisions: Decision[] = [];
  const record: RecordDecision = (decision) => {
    evolveDecision(state, decision);
    state.version += 1;
    decisions.push(decision);
  };
  const calendar = new Calendar(governing.closedDay);
  if (state.registration !== null) {
    // What made the customer be decided at all; a day that came names the fact all else rests on.
    const occasion = facts.length === 0 ? [state.registration.stamp[1]] : factIds(facts);
    decideFacts(state, touched, occasion, governing, calendar, record);
    decideRelationship(state, occasion, governing, calendar, record);
  }
  decideParked(state, facts, governing.book, record);
  return { events: [...facts, ...decisions], wakeOn: calendar.wakeOn() };
}

/** Who the customer is, where the loans stand, and the points that follow. */
function decideFacts(
  state: CustomerState,
  touched: Touched,
  occasion: readonly string[],
  governing: Governing,
  calendar: Calendar,
  record: RecordDecision,
): void {
  const { book } = governing;
  if (touched.profile) decideProfile(state, book, record);
  for (const loanId of touched.loans) {
    decideSetAside(state, loanId, book, record);
    decideLoanStatus(state, loanId, book, record);
  }
  const changes = decideLedger(state, touched, governing, calendar, occasion, record);
  const causes = changes.size === 0 ? occasion : [...changes].slice(0, CAUSES_NAMED_MAX);
  decideStanding(state, causes, book, calendar, record);
  if (touched.profile || touched.disbursals) decideReferral(state, book, record);
  if (touched.gifts) decideGifts(state, book, occasion, record);
}

/** Whether the customer is leaving: what waits for days, and what balances, complaints and contacts say. */
function decideRelationship(
  state: CustomerState,
  occasion: readonly string[],
  { book, closedDay }: Governing,
  calendar: Calendar,
  record: RecordDecision,
): void {
  const runs = loanRuns(state);
  const churns = dueChurns(state, runs, book, calendar);
  decideChurn(state, churns, book, occasion, record);
  const movements = dueMovements(state, book);
  decideMovements(state, movements, book, occasion, record);
  const policy = policyOn(book, closedDay);
  const isRetained = runs.length > 0 && !isGone(churns);
  // Warnings are judged by the version of the day that is closed: when another begins they are looked at again.
  if (isRetained) for (const { effectiveFrom } of book.slice(1)) calendar.reached(effectiveFrom);
  const signals = isRetained ? raisedSignals(state, runs, movements, policy, calendar) : [];
  const warning = isRetained ? warningOf(signals, policy) : NO_WARNING;
  decideWarning(state, warning, policy, occasion, record);
  const to = phaseOf(state, runs, churns, warning.level);
  const from = state.held.phase;
  if (to === from) return;
  const causes = churns.at(-1)?.causes ?? occasion;
  record({ type: 'phase-changed', from, to, policyVersion: policy.version, causes: to === 'gone' ? causes : occasion });
}

interface Touched extends TouchedEntries {
  /** Whether anything is said of who the customer is, or of the disbursal of a loan: either may make a referral. */
  readonly profile: boolean;
  readonly disbursals: boolean;
  readonly gifts: boolean;
}

const OF_PROFILE: ReadonlySet<FactType> = new Set([
  'customer-registered',
  'customer-profile-changed',
  'customer-reassigned',
]);
const OF_DISBURSALS: ReadonlySet<FactType> = new Set(['loan-disbursed', 'loan-disbursal-undone']);

function touchedBy(facts: readonly CustomerFact[]): Touched {
  const loans = new Set<string>();
  const adjustments = new Set<string>();
  const referrals = new Set<string>();
  let gifts = false;
  for (const fact of facts) {
    if (fact.type === 'referral-reported') referrals.add(fact.referredId);
    else if (fact.type === 'points-adjusted') adjustments.add(fact.factId);
    else if (fact.type === 'gift-handed-over') gifts = true;
    else if ('loanId' in fact) loans.add(fact.loanId);
  }
  return {
    loans: [...loans].sort(),
    adjustments: [...adjustments].sort(),
    referrals: [...referrals].sort(),
    profile: facts.some(({ type }) => OF_PROFILE.has(type)),
    disbursals: facts.some(({ type }) => OF_DISBURSALS.has(type)),
    gifts: gifts || referrals.size > 0,
  };
}

function everything(state: CustomerState): Touched {
  return { ...everyEntry(state), profile: true, disbursals: true, gifts: true };
}

function factIds(facts: readonly CustomerFact[]): string[] {
  return [...new Set(facts.slice(0, CAUSES_NAMED_MAX).map(({ factId }) => factId))];
}
