import type { Governing } from './calendar.js';
import { takeDay } from './decide.js';
import { evolve } from './evolve.js';
import type { BusinessDay, CustomerFact } from './facts.js';
import { unknownCustomer } from './state.js';
import type { CustomerState } from './state.js';

/**
 * The business day a fact is about: as of an earlier day it has not happened yet. Null for what the product reports
 * itself: a referral follows from the facts of another customer.
 */
export function businessDayOf(fact: CustomerFact): BusinessDay | null {
  switch (fact.type) {
    case 'customer-registered':
      return fact.registeredOn;
    case 'customer-profile-changed':
      return fact.changedOn;
    case 'customer-reassigned':
      return fact.effectiveOn;
    case 'loan-applied':
      return fact.appliedOn;
    case 'loan-approved':
    case 'loan-rejected':
    case 'loan-cancelled':
    case 'loan-written-off':
    case 'loan-recovered':
    case 'points-adjusted':
      return fact.on;
    case 'loan-disbursed':
      return fact.disbursedOn;
    case 'loan-disbursal-undone':
    case 'loan-settlement-undone':
      return fact.undoneOn;
    case 'repayment-received':
      return fact.paidOn;
    case 'repayment-reversed':
      return fact.reversedOn;
    case 'instalment-overdue':
      return fact.asOf;
    case 'instalment-cured':
      return fact.curedOn;
    case 'loan-settled':
      return fact.settledOn;
    case 'loan-rescheduled':
      return fact.rescheduledOn;
    case 'balance-observed':
      return fact.to;
    case 'complaint-raised':
      return fact.raisedOn;
    case 'complaint-answered':
      return fact.answeredOn;
    case 'complaint-resolved':
      return fact.resolvedOn;
    case 'survey-answered':
      return fact.answeredOn;
    case 'contact-made':
      return fact.madeOn;
    case 'churn-reason-reported':
      return fact.reportedOn;
    case 'gift-handed-over':
      return fact.handedOverOn;
    case 'referral-reported':
      return null;
  }
}

/** A customer who was brought by this one, as they stand on the day asked about. */
export interface BroughtCustomer {
  readonly referredId: string;
  readonly loanId: string;
  readonly on: BusinessDay;
}

/**
 * The customer as of the end of a business day, as known now: facts about later days are left out, and everything is
 * decided as if that day had just been closed. Referrals are given, since they follow from other customers as of the
 * same day: `heldReferral` of each tells them.
 */
export function customerAsOf(
  customerId: string,
  facts: readonly CustomerFact[],
  day: BusinessDay,
  book: Governing['book'],
  brought: readonly BroughtCustomer[],
): CustomerState {
  const state = unknownCustomer(customerId);
  for (const fact of facts) {
    const on = businessDayOf(fact);
    if (on !== null && on <= day) evolve(state, fact);
  }
  brought.forEach(({ referredId, loanId, on }, index) => {
    const factId = `as-of#${referredId}`;
    evolve(state, { type: 'referral-reported', factId, occurredAt: 0, referredId, revision: index, loanId, on });
  });
  takeDay(state, { book, closedDay: day });
  return state;
}
