import type { BusinessDay } from '../facts.js';

export const TIERS = ['none', 'establishing', 'stable', 'deepening', 'trusted'] as const;
export type Tier = (typeof TIERS)[number];

export const BENEFITS = ['birthday-cake', 'preferential-rate', 'inspection-free'] as const;
export type Benefit = (typeof BENEFITS)[number];

export const CHURN_DEFINITIONS = ['grace', 'inactivity', 'reborrow', 'model'] as const;
export type ChurnDefinition = (typeof CHURN_DEFINITIONS)[number];

export const WARNING_LEVELS = ['green', 'yellow', 'orange', 'red'] as const;
export type WarningLevel = (typeof WARNING_LEVELS)[number];

export const WARNING_SIGNALS = [
  'early-repayment',
  'long-gap',
  'smaller-loan',
  'balance-fall',
  'complaint-overdue',
  'low-survey-score',
  'newly-overdue',
  'no-contact',
  'p-alive',
] as const;
export type WarningSignal = (typeof WARNING_SIGNALS)[number];

/** An amount in minor units of its currency: 10000 CNY = 100.00 yuan. */
export interface PolicyAmount {
  readonly amountMinor: number;
  readonly currency: string;
}

/**
 * A set of numbers that turns facts into decisions, in force from a business day on. Counts of days, months and percent
 * are whole numbers; null turns a rule off.
 */
export interface Policy {
  /** Unique name of this version; every decision made under it carries it. */
  readonly version: string;
  readonly effectiveFrom: BusinessDay;
  readonly points: PointsPolicy;
  /** Smallest balance of each tier above `none`. */
  readonly tiers: Readonly<Record<Exclude<Tier, 'none'>, number>>;
  /** A tier whose balance is lost is kept so many days longer: 0 = it falls at once, null = it never falls. */
  readonly downgradeAfterDays: number | null;
  /** Smallest balance at which each benefit may be claimed. */
  readonly benefits: Readonly<Record<Benefit, number>>;
  /** What the referrer is owed for each referral, beside the points. */
  readonly referralGift: PolicyAmount | null;
  readonly churn: ChurnPolicy;
  readonly warnings: WarningPolicy;
  /** The fit that P(alive) is computed with; null = none was fitted. */
  readonly churnModel: ChurnModel | null;
}

export interface PointsPolicy {
  /** For each loan disbursed. */
  readonly loanUse: number;
  /** For each loan settled without one of its instalments ever having been overdue. */
  readonly noOverdue: number;
  /** To the referrer, once the referred customer has a loan. */
  readonly referral: number;
  /** Points expire so many calendar months after the day they count from, the oldest first. */
  readonly expiryMonths: number | null;
  /** Most points that loans and referrals earn in a calendar period. What a person gives is not capped. */
  readonly cap: { readonly per: CapPeriod; readonly points: number } | null;
}

export const CAP_PERIODS = ['month', 'quarter', 'year'] as const;
export type CapPeriod = (typeof CAP_PERIODS)[number];

export interface ChurnPolicy {
  /** The definition that drives flags, warnings and phases. All four can be asked for. */
  readonly definition: ChurnDefinition;
  /** `grace`: days after the last loan ended during which the customer is still retained. */
  readonly graceDays: number;
  /** `inactivity`: calendar months without a disbursal, settlement or repayment. */
  readonly inactivityMonths: number;
  /** `reborrow`: calendar months after the half-year of the settlement in which a follow-up loan still counts. */
  readonly reborrowMonths: number;
  /** `model`: churned where P(alive) is below so many percent. */
  readonly modelBelowPercent: number;
  /** Churn is normal when an instalment of the last loans was more days past due than this. */
  readonly normalChurnDpd: number;
  /** Reported reasons that make churn normal. */
  readonly normalReasons: readonly string[];
  /** The reason of abnormal churn is unknown when none is reported so many days after the churn date. */
  readonly reasonDueDays: number;
}

export interface WarningPolicy {
  /** What each signal adds to the score; 0 turns it off. */
  readonly weights: Readonly<Record<WarningSignal, number>>;
  /** Smallest score of each level above `green`. */
  readonly levels: Readonly<Record<Exclude<WarningLevel, 'green'>, number>>;
  /** `early-repayment`: settled more than so many days before maturity. */
  readonly earlyRepaymentDays: number;
  /** `long-gap`: the gap since the last loan is over so many percent of the customer's own mean gap. */
  readonly longGapPercent: number;
  /** `smaller-loan`: the last loan is under so many percent of the one before. */
  readonly smallerLoanPercent: number;
  /** `balance-fall`: the average deposit fell by at least so many percent from one period to the next, … */
  readonly balanceFallPercent: number;
  /** … or by at least this amount. Either is a large movement as well. */
  readonly balanceFallAmount: PolicyAmount | null;
  /** `complaint-overdue`: not resolved within so many working days (Monday to Friday). */
  readonly complaintWorkingDays: number;
  /** `low-survey-score`: the last survey is under this score of 5. */
  readonly surveyBelow: number;
  /** `newly-overdue`: an instalment is overdue, and was first reported at most so many days ago. */
  readonly newlyOverdueDays: number;
  /** `no-contact`: longest time without a contact, in days by tier; null = as long as it may be. */
  readonly contactDays: Readonly<Record<Tier, number | null>>;
  /** `p-alive`: P(alive) is below so many percent. */
  readonly pAliveBelowPercent: number;
}

/**
 * A fit of BG/NBD and MBG/NBD on a lender's own disbursals. Times are in units of `unitDays` days.
 * BG/NBD is for customers with a repeat loan; for those with one loan it says P(alive) = 1, so MBG/NBD is used there.
 */
export interface ChurnModel {
  /** Unique name of the fit. */
  readonly version: string;
  /** Disbursals of these days, both included, were fitted. */
  readonly from: BusinessDay;
  readonly to: BusinessDay;
  readonly customers: number;
  readonly unitDays: number;
  readonly bgNbd: ModelParameters;
  readonly mbgNbd: ModelParameters;
}

export interface ModelParameters {
  readonly r: number;
  readonly alpha: number;
  readonly a: number;
  readonly b: number;
  readonly logLikelihood: number;
}

/**
 * All versions, by the day they are effective from; of two from the same day the one published later stands last and
 * holds. The first is in force for every day before the second as well.
 */
export type PolicyBook = readonly [Policy, ...Policy[]];

/** The version in force on a business day. */
export function policyOn(book: PolicyBook, day: BusinessDay): Policy {
  let inForce = book[0];
  for (const policy of book) if (policy.effectiveFrom <= day) inForce = policy;
  return inForce;
}

export function tierOf(balance: number, policy: Policy): Tier {
  let reached: Tier = 'none';
  for (const tier of TIERS) if (tier !== 'none' && balance >= policy.tiers[tier]) reached = tier;
  return reached;
}

export function benefitsOf(balance: number, policy: Policy): Benefit[] {
  return BENEFITS.filter((benefit) => balance >= policy.benefits[benefit]);
}

export function levelOf(score: number, policy: Policy): WarningLevel {
  let reached: WarningLevel = 'green';
  for (const level of WARNING_LEVELS) if (level !== 'green' && score >= policy.warnings.levels[level]) reached = level;
  return reached;
}

/** The book with one version more, in its place. */
export function withPolicy(book: PolicyBook, policy: Policy): PolicyBook {
  const before = book.filter(({ effectiveFrom }) => effectiveFrom <= policy.effectiveFrom);
  const after = book.filter(({ effectiveFrom }) => effectiveFrom > policy.effectiveFrom);
  return [...before, policy, ...after] as unknown as PolicyBook;
}
