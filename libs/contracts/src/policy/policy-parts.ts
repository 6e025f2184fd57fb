import { CAP_PERIODS, CHURN_DEFINITIONS } from '@retention/customer';
import type {
  ChurnModel,
  ChurnPolicy,
  ModelParameters,
  PointsPolicy,
  Policy,
  WarningPolicy,
} from '@retention/customer';
import type { PartsOf, SectionPart, WholeNumberPart } from './policy-part.js';

/** Ten years and more: what is longer is a typing error. */
const DAYS_MAX = 3_660;
/** 50 years. */
const MONTHS_MAX = 600;
/** A thousand loans at a thousand points each. */
const BALANCE_MAX = 1_000_000;
const POINTS_MAX = 1_000;
const SCORE_MAX = 10_000;
const PERCENT_MAX = 1_000;
/** More than any lender has had. */
const CUSTOMERS_MAX = 1_000_000_000;

const whole = (says: string, unit: string, min: number, max: number): WholeNumberPart & { readonly off?: never } => ({
  kind: 'whole-number',
  says,
  unit,
  min,
  max,
});
const points = (says: string) => whole(says, 'points', 0, POINTS_MAX);
const balance = (says: string) => whole(says, 'points', 1, BALANCE_MAX);
const days = (says: string, min = 0) => whole(says, 'days', min, DAYS_MAX);
const months = (says: string, min = 1) => whole(says, 'months', min, MONTHS_MAX);
const percent = (says: string, min = 0, max = 100) => whole(says, 'percent', min, max);
const score = (says: string, min = 0) => whole(says, 'score', min, SCORE_MAX);
const contact = (tier: string) => ({
  ...days(`longest time without a contact with a customer of tier ${tier}`, 1),
  off: 'as long as it may be',
});

const POINTS: PartsOf<PointsPolicy> = {
  loanUse: points('for each loan disbursed'),
  noOverdue: points('for each loan settled without one of its instalments ever having been overdue'),
  referral: points('to the referrer, once the referred customer has a loan'),
  expiryMonths: {
    ...months('calendar months after the day they count from in which points expire, the oldest first'),
    off: 'points do not expire',
  },
  cap: {
    kind: 'section',
    says: 'most that loans and referrals earn in a calendar period; what a person gives is not capped',
    off: 'no cap',
    fields: {
      per: { kind: 'choice', words: CAP_PERIODS, says: 'the calendar period' },
      points: whole('most points in it', 'points', 1, BALANCE_MAX),
    },
  },
};

const CHURN: PartsOf<ChurnPolicy> = {
  definition: {
    kind: 'choice',
    words: CHURN_DEFINITIONS,
    says: 'the definition that drives flags, warnings and phases; all four can be asked for',
  },
  graceDays: days('grace: how long after the last loan ended the customer is still retained'),
  inactivityMonths: months('inactivity: calendar months without a disbursal, settlement or repayment'),
  reborrowMonths: months('reborrow: months after the half-year of the settlement in which a next loan still counts', 0),
  modelBelowPercent: percent('model: churned where P(alive) is below this'),
  normalChurnDpd: days('churn is normal when an instalment of the last loans was more days past due than this'),
  normalReasons: { kind: 'identifiers', says: 'reported reasons that make churn normal' },
  reasonDueDays: days('time after the churn date in which a reason has to be reported; then it is unknown'),
};

const WARNINGS: PartsOf<WarningPolicy> = {
  weights: {
    kind: 'section',
    says: 'what each signal adds to the score; 0 turns it off',
    fields: {
      'early-repayment': score('the whole loan was repaid early'),
      'long-gap': score('the gap since the last loan is longer than usual for the customer'),
      'smaller-loan': score('the last loan is much smaller than the one before'),
      'balance-fall': score('the average deposit fell'),
      'complaint-overdue': score('a complaint is past its due time'),
      'low-survey-score': score('the last survey has a low score'),
      'newly-overdue': score('an instalment is overdue and was not before'),
      'no-contact': score('nobody has contacted the customer for too long'),
      'p-alive': score('P(alive) is low'),
    },
  },
  levels: {
    kind: 'section',
    says: 'smallest score of each level; each greater than the one before, below the first it is green',
    rises: true,
    fields: {
      yellow: score('smallest score of yellow', 1),
      orange: score('smallest score of orange', 1),
      red: score('smallest score of red', 1),
    },
  },
  earlyRepaymentDays: days('early-repayment: settled more than so long before maturity'),
  longGapPercent: percent('long-gap: the gap since the last loan is over so much of the own mean gap', 1, PERCENT_MAX),
  smallerLoanPercent: percent('smaller-loan: the last loan is under so much of the one before'),
  balanceFallPercent: percent(
    'balance-fall: the average deposit fell by at least so much from period to period, or',
    1,
  ),
  balanceFallAmount: {
    kind: 'amount',
    says: 'balance-fall: by at least this amount; either is a large movement as well',
    off: 'no amount is a large movement',
  },
  complaintWorkingDays: whole('complaint-overdue: not resolved within so long', 'working days', 0, 366),
  surveyBelow: whole('low-survey-score: the last survey is under this', 'score of 1 to 5', 1, 5),
  newlyOverdueDays: days('newly-overdue: an instalment is overdue and was first reported at most so long ago'),
  contactDays: {
    kind: 'section',
    says: 'no-contact: longest time without a contact, by tier',
    fields: {
      none: contact('none'),
      establishing: contact('establishing'),
      stable: contact('stable'),
      deepening: contact('deepening'),
      trusted: contact('trusted'),
    },
  },
  pAliveBelowPercent: percent('p-alive: P(alive) is below this'),
};

const PARAMETERS: PartsOf<ModelParameters> = {
  r: { kind: 'decimal', isPositive: true, says: 'shape of the rates of borrowing' },
  alpha: { kind: 'decimal', isPositive: true, says: 'scale of the rates of borrowing, in units of time' },
  a: { kind: 'decimal', isPositive: true, says: 'first shape of the chance to leave' },
  b: { kind: 'decimal', isPositive: true, says: 'second shape of the chance to leave' },
  logLikelihood: { kind: 'decimal', isPositive: false, says: 'log-likelihood of the fit' },
};

const CHURN_MODEL: PartsOf<ChurnModel> = {
  version: { kind: 'identifier', says: 'unique name of the fit' },
  from: { kind: 'day', says: 'first day whose disbursals were fitted' },
  to: { kind: 'day', says: 'last day whose disbursals were fitted; not before from' },
  customers: whole('how many customers were fitted', 'customers', 1, CUSTOMERS_MAX),
  unitDays: whole('length of the unit of time', 'days', 1, 366),
  bgNbd: { kind: 'section', says: 'BG/NBD, for customers with a repeat loan', fields: PARAMETERS },
  mbgNbd: { kind: 'section', says: 'MBG/NBD, for customers with one loan', fields: PARAMETERS },
};

const POLICY: PartsOf<Policy> = {
  version: { kind: 'identifier', says: 'unique name of this version; every decision made under it carries it' },
  effectiveFrom: {
    kind: 'day',
    says: 'facts of this business day and later are decided by it, until the next version',
  },
  points: { kind: 'section', says: 'points of the credit-points ledger', fields: POINTS },
  tiers: {
    kind: 'section',
    says: 'smallest balance of each tier; each greater than the one before, below the first it is none',
    rises: true,
    fields: {
      establishing: balance('smallest balance of establishing'),
      stable: balance('smallest balance of stable'),
      deepening: balance('smallest balance of deepening'),
      trusted: balance('smallest balance of trusted'),
    },
  },
  downgradeAfterDays: {
    ...days('a tier whose balance is lost is kept so much longer; 0 = it falls at once'),
    off: 'it never falls',
  },
  benefits: {
    kind: 'section',
    says: 'smallest balance at which each benefit may be claimed',
    fields: {
      'birthday-cake': balance('for the birthday cake'),
      'preferential-rate': balance('for the preferential interest rate'),
      'inspection-free': balance('for inspection-free service'),
    },
  },
  referralGift: {
    kind: 'amount',
    says: 'what the referrer is owed for each referral, beside the points',
    off: 'no gift',
  },
  churn: { kind: 'section', says: 'who counts as lost, and which losses are normal', fields: CHURN },
  warnings: { kind: 'section', says: 'signals that a customer is about to leave', fields: WARNINGS },
  churnModel: {
    kind: 'section',
    says: 'the fit that P(alive) is computed with',
    off: 'none was fitted',
    fields: CHURN_MODEL,
  },
};

/** The whole document. Everything about it that is no code is said here: reading, writing, schema and guide follow it. */
export const POLICY_PART: SectionPart = { kind: 'section', says: 'A version of the policy', fields: POLICY };
