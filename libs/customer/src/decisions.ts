import type { BusinessDay, CustomerFact, CustomerKind } from './facts.js';
import type { Benefit, Tier } from './policy/policy.js';

/**
 * Decisions: what this system derived from facts under a policy. Each names the policy version it was made under and
 * its causes, the ids of the facts without which it would not have been made.
 */
interface Decided {
  readonly policyVersion: string;
  readonly causes: readonly string[];
}

export const POINT_RULES = ['loan-use', 'no-overdue', 'referral', 'manual'] as const;
export type PointRule = (typeof POINT_RULES)[number];

/** A line of the points ledger. `entry` is `<rule>:<what it is for>` and holds at most once at any time. */
interface LedgerLine extends Decided {
  readonly entry: string;
  readonly rule: PointRule;
  /** What the entry is for: the loan, the referred customer, or the fact of a manual entry. */
  readonly about: string;
  /** The business day the entry counts from. A taken-back entry keeps the day of its award: it never held. */
  readonly on: BusinessDay;
  /** Balance of the ledger after this line. */
  readonly balance: number;
}
export interface PointsAwarded extends LedgerLine {
  readonly type: 'points-awarded';
  /** What the balance changes by; negative only for a manual entry. */
  readonly points: number;
}
export interface PointsTakenBack extends LedgerLine {
  readonly type: 'points-taken-back';
  /** What the balance changes by: the award with its sign turned. */
  readonly points: number;
  readonly reason: TakenBackReason;
}
export type TakenBackReason =
  'disbursal-undone' | 'instalment-overdue' | 'written-off' | 'settlement-undone' | 'referral-ended' | 'entry-changed';

export interface TierChanged extends Decided {
  readonly type: 'tier-changed';
  readonly from: Tier;
  readonly to: Tier;
  readonly balance: number;
}
export interface BenefitGranted extends Decided {
  readonly type: 'benefit-granted';
  readonly benefit: Benefit;
  readonly balance: number;
}
export interface BenefitWithdrawn extends Decided {
  readonly type: 'benefit-withdrawn';
  readonly benefit: Benefit;
  readonly balance: number;
  readonly reason: 'points-below-threshold';
}

/** This customer's first loan makes a referral of the one who brought them. The referral reactor tells the referrer. */
export interface ReferralEarned extends Decided {
  readonly type: 'referral-earned';
  readonly referrerId: string;
  readonly loanId: string;
  readonly on: BusinessDay;
}
/** No loan is left, or somebody else is named as referrer. */
export interface ReferralEnded extends Decided {
  readonly type: 'referral-ended';
  readonly referrerId: string;
}

/** A fact that contradicts what it refers to: it is kept and named, and has no effect while the contradiction lasts. */
export interface FactSetAside extends Decided {
  readonly type: 'fact-set-aside';
  readonly factId: string;
  readonly loanId: string;
  readonly reason: SetAsideReason;
  readonly field: string;
}
/** The contradiction is gone: the loan was corrected, or a later statement took the place of the fact. */
export interface FactReinstated extends Decided {
  readonly type: 'fact-reinstated';
  readonly factId: string;
}
export type SetAsideReason = 'currency-mismatch';

/** How many facts of this customer wait for another one, and for which. */
export interface ParkedFactsChanged extends Decided {
  readonly type: 'parked-facts-changed';
  readonly parked: number;
  /** `customer`, or `loan:<id>`; at most the first 20 in order. */
  readonly awaited: readonly string[];
}

/** Who the customer is after all statements about them, in whatever order these came. */
export interface DeterminedProfile {
  readonly registeredOn: BusinessDay;
  readonly kind: CustomerKind | null;
  readonly branchId: string | null;
  readonly officerId: string | null;
  readonly region: string | null;
  readonly industry: string | null;
  readonly channel: string | null;
  readonly referrerId: string | null;
}
export interface ProfileDetermined extends Decided {
  readonly type: 'profile-determined';
  readonly profile: DeterminedProfile;
}

export type LoanStatus = 'requested' | 'refused' | 'undone' | 'active' | 'written-off' | 'settled' | 'unknown';

/** Where a loan stands, with the terms it stands on; `from` null = it was not known before. */
export interface LoanStatusChanged extends Decided {
  readonly type: 'loan-status-changed';
  readonly loanId: string;
  readonly from: LoanStatus | null;
  readonly status: LoanStatus;
  /** The business day it stands there since. */
  readonly on: BusinessDay;
  readonly product: string | null;
  readonly currency: string | null;
  /** Principal disbursed, or the amount applied for while nothing is. */
  readonly principalMinor: number | null;
}

export type Decision =
  | ProfileDetermined
  | LoanStatusChanged
  | PointsAwarded
  | PointsTakenBack
  | TierChanged
  | BenefitGranted
  | BenefitWithdrawn
  | ReferralEarned
  | ReferralEnded
  | FactSetAside
  | FactReinstated
  | ParkedFactsChanged;
export type DecisionType = Decision['type'];

/** Takes a decision into the state and onto the stream. */
export type RecordDecision = (decision: Decision) => void;

/** Everything a customer's stream holds. */
export type CustomerEvent = CustomerFact | Decision;
