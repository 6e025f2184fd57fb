import type { Policy, PolicyBook } from './policy.js';

/** The numbers of the credit-points system as published: 10 for a loan used, 2 for none overdue, 5 for a referral. */
export const DEFAULT_POLICY: Policy = {
  version: 'credit-points-1',
  effectiveFrom: '1900-01-01',
  points: { loanUse: 10, noOverdue: 2, referral: 5 },
  tiers: { establishing: 10, stable: 20, deepening: 30, trusted: 40 },
  benefits: { 'birthday-cake': 20, 'preferential-rate': 30, 'inspection-free': 40 },
};

export const DEFAULT_POLICY_BOOK: PolicyBook = [DEFAULT_POLICY];
