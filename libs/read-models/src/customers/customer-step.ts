import type { Decision, LoanStatus } from '@retention/customer';
import type { FeedEvent } from '@retention/projections';
import { customerIdOf, decisionOf } from '../feed.js';
import type { CustomerRecord } from './customer-row.js';

/** The row after an event; facts alone change nothing, what follows from them does. */
export function customerStep(row: CustomerRecord | undefined, event: FeedEvent): CustomerRecord | undefined {
  const customerId = customerIdOf(event);
  const decision = decisionOf(event);
  return customerId === null || decision === null ? row : decided(row ?? unknownRow(customerId), decision);
}

function decided(row: CustomerRecord, decision: Decision): CustomerRecord {
  switch (decision.type) {
    case 'profile-determined': {
      const { registeredOn, kind, branchId, officerId, region, industry, channel, referrerId } = decision.profile;
      const held = { branch_id: branchId, officer_id: officerId, referrer_id: referrerId };
      return { ...row, ...held, registered_on: registeredOn, kind, region, industry, channel };
    }
    case 'loan-status-changed':
      return withLoan(row, decision.loanId, decision.status);
    case 'points-awarded':
    case 'points-taken-back':
      return { ...row, points: decision.balance };
    case 'tier-changed':
      return { ...row, tier: decision.to };
    case 'benefit-granted':
      return { ...row, benefits: [...row.benefits, decision.benefit].sort() };
    case 'benefit-withdrawn':
      return { ...row, benefits: row.benefits.filter((benefit) => benefit !== decision.benefit) };
    case 'parked-facts-changed':
      return { ...row, parked_facts: decision.parked };
    case 'fact-set-aside':
      return { ...row, set_aside_facts: row.set_aside_facts + 1 };
    case 'fact-reinstated':
      return { ...row, set_aside_facts: row.set_aside_facts - 1 };
    case 'referral-earned':
    case 'referral-ended':
      return row;
  }
}

const DISBURSED: readonly LoanStatus[] = ['active', 'written-off', 'settled'];

function withLoan(row: CustomerRecord, loanId: string, status: LoanStatus): CustomerRecord {
  const loans = new Map(Object.entries(row.loans));
  loans.set(loanId, status);
  const statuses = [...loans.values()];
  return {
    ...row,
    // Built from entries: `__proto__` is a valid loan id and must become a member, not a prototype.
    loans: Object.fromEntries(loans),
    loans_disbursed: statuses.filter((one) => DISBURSED.includes(one)).length,
    loans_active: statuses.filter((one) => one === 'active').length,
  };
}

function unknownRow(customerId: string): CustomerRecord {
  return {
    customer_id: customerId,
    registered_on: null,
    kind: null,
    branch_id: null,
    officer_id: null,
    region: null,
    industry: null,
    channel: null,
    referrer_id: null,
    points: 0,
    tier: 'none',
    benefits: [],
    loans: {},
    loans_disbursed: 0,
    loans_active: 0,
    parked_facts: 0,
    set_aside_facts: 0,
  };
}
