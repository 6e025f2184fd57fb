import type { ChurnDecision, Decision, GiftStatus, LoanStatus } from '@retention/customer';
import type { FeedEvent } from '@retention/projections';
import { customerIdOf, decisionOf } from '../feed.js';
import type { ChurnInRow, CustomerRecord } from './customer-row.js';

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
    case 'points-expired':
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
    case 'gift-status-changed':
      return { ...row, gifts_owed: row.gifts_owed + owed(decision.status) - owed(decision.from) };
    case 'customer-churned':
    case 'churn-reclassified':
    case 'churn-cleared':
    case 'customer-won-back':
    case 'win-back-undone':
      return withStanding({ ...row, churns: churnsAfter(row.churns, decision) });
    case 'warning-changed': {
      const { level, score, signals } = decision;
      return { ...row, warning_level: level, warning_score: score, warning_signals: signals };
    }
    case 'phase-changed':
      return { ...row, phase: decision.to };
    case 'large-movement-observed':
    case 'large-movement-withdrawn':
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
  return withStanding({
    ...row,
    // Built from entries: `__proto__` is a valid loan id and must become a member, not a prototype.
    loans: Object.fromEntries(loans),
    loans_disbursed: statuses.filter((one) => DISBURSED.includes(one)).length,
    loans_active: statuses.filter((one) => one === 'active').length,
  });
}

/** In the order of their dates. */
function churnsAfter(churns: readonly ChurnInRow[], decision: ChurnDecision): ChurnInRow[] {
  const known = churns.find(({ churnedOn }) => churnedOn === decision.churnedOn);
  const others = churns.filter((churn) => churn !== known);
  const churn = churnAfter(known, decision);
  return (churn === null ? others : [...others, churn]).sort((one, other) =>
    one.churnedOn < other.churnedOn ? -1 : 1,
  );
}

function churnAfter(known: ChurnInRow | undefined, decision: ChurnDecision): ChurnInRow | null {
  const { churnedOn } = decision;
  switch (decision.type) {
    case 'customer-churned':
    case 'churn-reclassified': {
      const { kind, reason, reasonUnknown } = decision;
      return { churnedOn, kind, reason, reasonUnknown, wonBackOn: known?.wonBackOn ?? null };
    }
    case 'churn-cleared':
      return null;
    case 'customer-won-back':
    case 'win-back-undone':
      if (known === undefined) throw new Error(`no churn of ${churnedOn} to win back from`);
      return { ...known, wonBackOn: decision.type === 'customer-won-back' ? decision.wonBackOn : null };
  }
}

function withStanding(row: CustomerRecord): CustomerRecord {
  const last = row.churns.at(-1);
  const isGone = last !== undefined && last.wonBackOn === null;
  return {
    ...row,
    state: row.loans_disbursed === 0 ? 'none' : isGone ? 'churned' : 'retained',
    churned_on: last?.churnedOn ?? null,
    churn_kind: last?.kind ?? null,
    churn_reason: last?.reason ?? null,
    churn_reason_unknown: last?.reasonUnknown ?? false,
    won_back_on: last?.wonBackOn ?? null,
  };
}

function owed(status: GiftStatus | null): number {
  return status === 'owed' ? 1 : 0;
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
    state: 'none',
    churned_on: null,
    churn_kind: null,
    churn_reason: null,
    churn_reason_unknown: false,
    won_back_on: null,
    churns: [],
    phase: 'prospect',
    warning_level: 'green',
    warning_score: 0,
    warning_signals: [],
    gifts_owed: 0,
    parked_facts: 0,
    set_aside_facts: 0,
  };
}
