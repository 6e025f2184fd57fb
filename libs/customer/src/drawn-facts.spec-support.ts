import type { CustomerFact } from './facts.js';
import { DEFAULT_POLICY, DEFAULT_POLICY_BOOK } from './policy/default-policy.js';
import type { ChurnModel, PolicyBook } from './policy/policy.js';

/**
 * A fact as small numbers, for a generator to draw and to shrink. The ranges are narrow on purpose: the same loan, the
 * same repayment, the same moment and the same instalment are to meet again and again, under different fact ids.
 */
export interface Draw {
  readonly what: number;
  /** Loan, or referred customer. */
  readonly about: number;
  readonly day: number;
  readonly time: number;
  /** Amount, currency, officer, revision: whatever else the fact says. */
  readonly variant: number;
  /** Sorts fact ids differently from what the facts say, so that ties are broken either way. */
  readonly salt: number;
}

/** How many values each number of a draw has. */
export const DRAW_RANGES: Readonly<Record<keyof Draw, number>> = {
  what: 33,
  about: 4,
  day: 5,
  time: 4,
  variant: 4,
  salt: 3,
};

const { churn, warnings } = DEFAULT_POLICY;

/** A fit of a small lender: P(alive) falls below one half after some months. */
export const DRAWN_MODEL: ChurnModel = {
  version: 'drawn-fit',
  from: '2019-01-01',
  to: '2020-01-01',
  customers: 100,
  unitDays: 7,
  bgNbd: { r: 0.6, alpha: 12, a: 0.8, b: 2.4, logLikelihood: -1 },
  mbgNbd: { r: 0.6, alpha: 12, a: 0.9, b: 1.6, logLikelihood: -1 },
};

/** Thresholds that a balance of 0 or less crosses, lines that move with the day, and limits of every kind. */
const SHIFTING: PolicyBook = [
  { ...DEFAULT_POLICY, churnModel: DRAWN_MODEL },
  {
    ...DEFAULT_POLICY,
    version: 'shifting-2',
    effectiveFrom: '2021-01-01',
    points: { loanUse: 7, noOverdue: 0, referral: 9, expiryMonths: null, cap: null },
    tiers: { establishing: -3, stable: 7, deepening: 14, trusted: 21 },
    benefits: { 'birthday-cake': -5, 'preferential-rate': 0, 'inspection-free': 9 },
    referralGift: null,
    churn: { ...churn, definition: 'reborrow', normalReasons: [] },
    warnings: { ...warnings, levels: { yellow: 5, orange: 25, red: 35 } },
  },
  {
    ...DEFAULT_POLICY,
    version: 'shifting-3',
    effectiveFrom: '2022-01-01',
    points: { loanUse: 12, noOverdue: 1, referral: 5, expiryMonths: null, cap: null },
    tiers: { establishing: 12, stable: 24, deepening: 36, trusted: 48 },
    benefits: { 'birthday-cake': 24, 'preferential-rate': 36, 'inspection-free': 48 },
    churn: { ...churn, definition: 'model' },
    churnModel: DRAWN_MODEL,
  },
];

const LIMITED: PolicyBook = [
  {
    ...DEFAULT_POLICY,
    points: { ...DEFAULT_POLICY.points, expiryMonths: 7, cap: { per: 'quarter', points: 15 } },
    downgradeAfterDays: 60,
    churn: { ...churn, definition: 'inactivity', inactivityMonths: 3 },
  },
  {
    ...DEFAULT_POLICY,
    version: 'limited-2',
    effectiveFrom: '2021-01-01',
    points: { ...DEFAULT_POLICY.points, expiryMonths: 1, cap: { per: 'year', points: 11 } },
    downgradeAfterDays: null,
    churn: { ...churn, graceDays: 10, reasonDueDays: 200 },
    warnings: {
      ...warnings,
      levels: { yellow: 1, orange: 2, red: 3 },
      weights: { ...warnings.weights, 'no-contact': 0 },
    },
    churnModel: DRAWN_MODEL,
  },
];

export const BOOKS: readonly PolicyBook[] = [DEFAULT_POLICY_BOOK, SHIFTING, LIMITED];

/** Days that are closed, between and after the days of the facts. */
export const CLOSED_DAYS = [
  '2020-06-15',
  '2020-08-05',
  '2020-12-31',
  '2021-01-31',
  '2021-05-01',
  '2021-12-01',
  '2024-02-29',
];

const LOANS = ['L1', '__proto__', 'constructor', 'L2'];
const DAYS = ['2020-05-01', '2020-12-31', '2021-01-01', '2021-08-01', '2022-03-01'];

function nth<T>(values: readonly [T, ...T[]] | readonly T[], n: number): T {
  const value = values[n % values.length];
  if (value === undefined) throw new RangeError('nothing to choose from');
  return value;
}

/** The fact a draw stands for. Equal draws are the same fact, different draws have different fact ids. */
export function factOf(draw: Draw, customers: readonly string[] = ['C1', 'C2', '__proto__', 'C3']): CustomerFact {
  const { what, about, day, time, variant, salt } = draw;
  const reported = {
    factId: `${nth(['b', 'a', 'c'], salt)}#${[what, about, day, time, variant].join('-')}`,
    occurredAt: time * 1000,
  };
  const on = nth(DAYS, day);
  const money = { amountMinor: 1000 * (variant + 1), currency: variant === 0 ? 'USD' : 'CNY' };
  const loan = { ...reported, loanId: nth(LOANS, about) };
  return about < 3 && what < LOAN_FACTS.length
    ? nth(LOAN_FACTS, what)({ loan, on, money, variant })
    : nth(
        OTHER_FACTS,
        what,
      )({ reported, on, variant, other: nth(customers, about), referrer: nth(customers, variant) });
}

interface OfLoan {
  readonly loan: { readonly factId: string; readonly occurredAt: number; readonly loanId: string };
  readonly on: string;
  readonly money: { readonly amountMinor: number; readonly currency: string };
  readonly variant: number;
}

const disbursal = ({ loan, on, money, variant }: OfLoan): CustomerFact => ({
  type: 'loan-disbursed',
  ...loan,
  product: 'micro',
  principalMinor: money.amountMinor,
  // Mostly yuan, so that dollars are the exception a correction brings.
  currency: variant === 3 ? 'USD' : 'CNY',
  disbursedOn: on,
  maturesOn: '2030-01-01',
});
const settlement = ({ loan, on }: OfLoan): CustomerFact => ({ type: 'loan-settled', ...loan, settledOn: on });
const repayment = ({ loan, on, money, variant }: OfLoan): CustomerFact => ({
  type: 'repayment-received',
  ...loan,
  repaymentId: variant < 2 ? 'P1' : '__proto__',
  ...money,
  paidOn: on,
});

const LOAN_FACTS: readonly ((drawn: OfLoan) => CustomerFact)[] = [
  disbursal,
  settlement,
  ({ loan, on }) => ({ type: 'loan-disbursal-undone', ...loan, undoneOn: on }),
  ({ loan, on }) => ({ type: 'loan-settlement-undone', ...loan, undoneOn: on }),
  ({ loan, on, variant }) => ({
    type: 'instalment-overdue',
    ...loan,
    no: variant % 2,
    dueOn: on,
    asOf: on,
    daysPastDue: 1 + variant * 20,
    amount: '10.00',
  }),
  repayment,
  disbursal,
  settlement,
  ({ loan, on, money }) => ({ type: 'loan-written-off', ...loan, ...money, on }),
  ({ loan, on, money }) => ({ type: 'loan-recovered', ...loan, ...money, on }),
  ({ loan, on, variant }) => ({ type: 'instalment-cured', ...loan, no: variant % 2, curedOn: on }),
  ({ loan, on, variant }) => ({
    type: 'repayment-reversed',
    ...loan,
    repaymentId: variant < 2 ? 'P1' : '__proto__',
    reversedOn: on,
  }),
  ({ loan, on }) => ({ type: 'loan-rescheduled', ...loan, maturesOn: on, rescheduledOn: on }),
  ({ loan, on, money }) => ({ type: 'loan-applied', ...loan, product: 'micro', ...money, appliedOn: on }),
  ({ loan, on }) => ({ type: 'loan-approved', ...loan, on }),
  ({ loan, on }) => ({ type: 'loan-rejected', ...loan, on }),
  ({ loan, on }) => ({ type: 'loan-cancelled', ...loan, on }),
  repayment,
];

interface OfCustomer {
  readonly reported: { readonly factId: string; readonly occurredAt: number };
  readonly on: string;
  readonly variant: number;
  readonly other: string;
  readonly referrer: string;
}

const registration = ({ reported, on, variant, referrer }: OfCustomer): CustomerFact => ({
  type: 'customer-registered',
  ...reported,
  kind: variant < 3 ? 'personal' : 'corporate',
  registeredOn: on,
  ...(variant > 0 && { referrerId: referrer, branchId: `B${String(variant)}` }),
});
const profile = ({ reported, on, variant, referrer }: OfCustomer): CustomerFact => ({
  type: 'customer-profile-changed',
  ...reported,
  changedOn: on,
  ...(variant > 0 ? { referrerId: referrer } : { region: 'south', officerId: 'O9' }),
});

const OTHER_FACTS: readonly ((drawn: OfCustomer) => CustomerFact)[] = [
  registration,
  profile,
  ({ reported, on, variant }) => ({
    type: 'points-adjusted',
    ...reported,
    points: nth([-12, 5, 10, 19], variant),
    on,
    by: 'head-of-branch',
    reason: 'goodwill',
  }),
  ({ reported, on, variant }) => ({
    type: 'customer-reassigned',
    ...reported,
    effectiveOn: on,
    ...(variant > 1 ? { officerId: `O${String(variant)}` } : { branchId: `B${String(variant)}` }),
  }),
  ({ reported, on, variant, other }) => ({
    type: 'referral-reported',
    ...reported,
    referredId: other,
    revision: reported.occurredAt,
    ...(variant === 0 ? { loanId: null, on: null } : { loanId: 'L9', on }),
  }),
  registration,
  profile,
  ({ reported, on, variant }) => ({
    type: 'complaint-raised',
    ...reported,
    complaintId: `K${String(variant % 2)}`,
    raisedOn: on,
  }),
  ({ reported, on }) => ({ type: 'contact-made', ...reported, contactId: 'K1', madeOn: on }),
  ({ reported, on, variant }) => ({
    type: 'survey-answered',
    ...reported,
    surveyId: `S${String(variant % 2)}`,
    answeredOn: on,
    score: 1 + variant,
  }),
  ({ reported, on, variant }) => ({
    type: 'churn-reason-reported',
    ...reported,
    reason: nth(['relocated', 'rate_too_high', 'overdue', 'service'], variant),
    reportedOn: on,
  }),
  ({ reported, on, variant }) => ({
    type: 'balance-observed',
    ...reported,
    from: on,
    to: on,
    currency: variant === 3 ? 'USD' : 'CNY',
    ...(variant > 0 && { averageDepositMinor: reported.occurredAt * 200_000 * variant }),
  }),
  ({ reported, on, other }) => ({ type: 'gift-handed-over', ...reported, referredId: other, handedOverOn: on }),
  ({ reported, on, variant }) => ({
    type: 'complaint-answered',
    ...reported,
    complaintId: `K${String(variant % 2)}`,
    answeredOn: on,
  }),
  ({ reported, on, variant }) => ({
    type: 'complaint-resolved',
    ...reported,
    complaintId: `K${String(variant % 2)}`,
    resolvedOn: on,
  }),
];
