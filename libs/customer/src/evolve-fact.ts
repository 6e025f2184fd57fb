import type { CustomerFact, CustomerProfileChanged, CustomerRegistered, LoanFact, ReferralReported } from './facts.js';
import { evolveLoan } from './evolve-loan.js';
import { evolveRelationship } from './evolve-relationship.js';
import { supersedes, unknownLoan } from './state.js';
import type { Assignment, CustomerState, LoanState, ProfileField, Stamp } from './state.js';

const PROFILE_FIELDS: readonly ProfileField[] = ['kind', 'region', 'industry', 'referrerId', 'channel'];

export function evolveFact(state: CustomerState, fact: CustomerFact): void {
  const stamp: Stamp = [fact.occurredAt, fact.factId];
  switch (fact.type) {
    case 'customer-registered':
      if (supersedes(stamp, state.registration?.stamp)) state.registration = { stamp, registeredOn: fact.registeredOn };
      describe(state, stamp, fact);
      assign(state, { on: fact.registeredOn, stamp, ...holder(fact) });
      stopWaiting(state, (loanId) => loanId === null || isDisbursed(state, loanId));
      return;
    case 'customer-profile-changed':
      describe(state, stamp, fact);
      assign(state, { on: fact.changedOn, stamp, ...holder(fact) });
      wait(state, fact.factId, null);
      return;
    case 'customer-reassigned':
      assign(state, { on: fact.effectiveOn, stamp, ...holder(fact) });
      wait(state, fact.factId, null);
      return;
    case 'loan-applied':
    case 'loan-approved':
    case 'loan-rejected':
    case 'loan-cancelled':
      evolveLoan(loanOf(state, fact), fact, stamp);
      wait(state, fact.factId, null);
      return;
    case 'loan-disbursed':
      evolveLoan(loanOf(state, fact), fact, stamp);
      wait(state, fact.factId, null);
      if (state.registration !== null) stopWaiting(state, (loanId) => loanId === fact.loanId);
      return;
    case 'loan-disbursal-undone':
    case 'repayment-received':
    case 'repayment-reversed':
    case 'instalment-overdue':
    case 'instalment-cured':
    case 'loan-settled':
    case 'loan-settlement-undone':
    case 'loan-written-off':
    case 'loan-recovered':
    case 'loan-rescheduled':
      evolveLoan(loanOf(state, fact), fact, stamp);
      wait(state, fact.factId, fact.loanId);
      return;
    case 'points-adjusted':
      state.adjustments.set(fact.factId, { points: fact.points, on: fact.on, by: fact.by, reason: fact.reason });
      wait(state, fact.factId, null);
      return;
    case 'referral-reported':
      takeReferral(state, fact);
      return;
    case 'balance-observed':
    case 'complaint-raised':
    case 'complaint-answered':
    case 'complaint-resolved':
    case 'survey-answered':
    case 'contact-made':
    case 'churn-reason-reported':
    case 'gift-handed-over':
      evolveRelationship(state, fact, stamp);
      wait(state, fact.factId, null);
      return;
  }
}

function describe(state: CustomerState, stamp: Stamp, fact: CustomerRegistered | CustomerProfileChanged): void {
  for (const field of PROFILE_FIELDS) {
    const value = fact[field];
    if (value !== undefined && supersedes(stamp, state.profile.get(field)?.stamp)) {
      state.profile.set(field, { stamp, value });
    }
  }
}

function holder(fact: { readonly officerId?: string; readonly branchId?: string }) {
  return { officerId: fact.officerId ?? null, branchId: fact.branchId ?? null };
}

function assign(state: CustomerState, assignment: Assignment): void {
  if (assignment.officerId === null && assignment.branchId === null) return;
  const { assignments } = state;
  if (assignments.some((known) => known.stamp[1] === assignment.stamp[1])) return;
  let at = assignments.length;
  for (; at > 0; at -= 1) {
    const before = assignments[at - 1];
    if (before === undefined || before.on < assignment.on) break;
    if (before.on === assignment.on && supersedes(assignment.stamp, before.stamp)) break;
  }
  assignments.splice(at, 0, assignment);
}

function takeReferral(state: CustomerState, { referredId, revision, factId, loanId, on }: ReferralReported): void {
  const known = state.referrals.get(referredId);
  if (known !== undefined && !supersedes([revision, factId], [known.revision, known.factId])) return;
  state.referrals.set(referredId, { revision, factId, loanId, on });
  // How many reports there are depends on the order in which the referred customer's facts came. So it is the referral
  // that waits, not its reports, and none waits once it has ended.
  const referral = `referral:${referredId}`;
  if (on === null) state.waiting.delete(referral);
  else wait(state, referral, null);
}

function loanOf(state: CustomerState, fact: LoanFact): LoanState {
  let loan = state.loans.get(fact.loanId);
  if (loan === undefined) {
    loan = unknownLoan(fact.loanId);
    state.loans.set(fact.loanId, loan);
  }
  return loan;
}

function isDisbursed(state: CustomerState, loanId: string): boolean {
  return (state.loans.get(loanId)?.disbursed ?? null) !== null;
}

/** Notes what waits while the customer is not registered, or the loan it is about is not disbursed. */
function wait(state: CustomerState, waitingId: string, loanId: string | null): void {
  if (state.registration === null || (loanId !== null && !isDisbursed(state, loanId))) {
    state.waiting.set(waitingId, loanId);
  }
}

function stopWaiting(state: CustomerState, over: (loanId: string | null) => boolean): void {
  for (const [factId, loanId] of state.waiting) if (over(loanId)) state.waiting.delete(factId);
}
