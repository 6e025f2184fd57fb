import type { Policy, PolicyBook } from './policy.js';

/**
 * The numbers of the credit-points system as published: 10 for a loan used, 2 for none overdue, 5 for a referral; 90
 * days of grace. Weights and cadences are choices: the sources name the signals, not what each is worth.
 */
export const DEFAULT_POLICY: Policy = {
  version: 'credit-points-1',
  effectiveFrom: '1900-01-01',
  points: { loanUse: 10, noOverdue: 2, referral: 5, expiryMonths: null, cap: null },
  tiers: { establishing: 10, stable: 20, deepening: 30, trusted: 40 },
  downgradeAfterDays: 0,
  benefits: { 'birthday-cake': 20, 'preferential-rate': 30, 'inspection-free': 40 },
  referralGift: { amountMinor: 10_000, currency: 'CNY' },
  churn: {
    definition: 'grace',
    graceDays: 90,
    inactivityMonths: 6,
    reborrowMonths: 1,
    modelBelowPercent: 50,
    normalChurnDpd: 30,
    normalReasons: ['overdue', 'business_failure', 'deceased', 'relocated'],
    reasonDueDays: 30,
  },
  warnings: {
    weights: {
      'early-repayment': 20,
      'long-gap': 20,
      'smaller-loan': 10,
      'balance-fall': 30,
      'complaint-overdue': 20,
      'low-survey-score': 15,
      'newly-overdue': 20,
      'no-contact': 10,
      'p-alive': 20,
    },
    levels: { yellow: 20, orange: 40, red: 70 },
    earlyRepaymentDays: 30,
    longGapPercent: 150,
    smallerLoanPercent: 50,
    balanceFallPercent: 30,
    balanceFallAmount: { amountMinor: 100_000_000, currency: 'CNY' },
    complaintWorkingDays: 5,
    surveyBelow: 3,
    newlyOverdueDays: 30,
    contactDays: { none: null, establishing: 182, stable: 182, deepening: 61, trusted: 31 },
    pAliveBelowPercent: 50,
  },
  churnModel: null,
};

export const DEFAULT_POLICY_BOOK: PolicyBook = [DEFAULT_POLICY];
