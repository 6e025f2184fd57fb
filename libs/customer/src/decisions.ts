import type { BusinessDay, CustomerFact, CustomerKind } from './facts.js';
import type { Benefit, ChurnDefinition, Tier, WarningLevel, WarningSignal } from './policy/policy.js';

/**
 * Decisions: what this system derived from facts under a policy. Each names the policy version it was made under and
 * its causes, the ids of the facts without which it would not have been made.
 */
interface Decided {
  readonly policyVersion: string;
  readonly causes: readonly string[];
}

/** Decisions that sum up (tier, benefits, warnings, parked facts) name at most this many causes: a batch holds thousands. */
export const CAUSES_NAMED_MAX = 20;

export const POINT_RULES = ['loan-use', 'no-overdue', 'referral', 'manual', 'expiry'] as const;
export type PointRule = (typeof POINT_RULES)[number];

/** A line of the points ledger. `entry` is `<rule>:<what it is for>` and holds at most once at any time. */
interface LedgerLine extends Decided {
  readonly entry: string;
  readonly rule: PointRule;
  /** What the entry is for: the loan, the referred customer, the fact of a manual entry, or the day of an expiry. */
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
  /** What the rule gives, where the cap of the period left less than that. */
  readonly uncapped?: number;
  /** Who gave the points and why, for a manual entry. */
  readonly by?: string;
  readonly reason?: string;
}
/** Points of one day's expiry. */
export interface PointsExpired extends LedgerLine {
  readonly type: 'points-expired';
  /** What the balance changes by: negative. */
  readonly points: number;
  /** The entries the points had come from, the oldest first, and how many were left of each. */
  readonly lots: readonly ExpiredLot[];
}
export interface ExpiredLot {
  readonly entry: string;
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

/** What the referrer is owed beside the points. `from` null = it was not known before. */
export interface GiftStatusChanged extends Decided {
  readonly type: 'gift-status-changed';
  readonly referredId: string;
  readonly from: GiftStatus | null;
  /** `withdrawn`: the referral has ended before the gift was handed over. */
  readonly status: GiftStatus;
  /** The business day of the referral or the handing over. */
  readonly on: BusinessDay;
  readonly worthMinor: number;
  readonly currency: string;
}
export type GiftStatus = 'owed' | 'handed-over' | 'withdrawn';

/** Who held the customer. */
export interface Holder {
  readonly branchId: string | null;
  readonly officerId: string | null;
}

export type ChurnKind = 'normal' | 'abnormal';
/** Why churn is of its kind. */
export type ChurnKindBecause = 'written-off' | 'days-past-due' | 'reported-reason' | 'nothing-explains-it';

/** How a churn is judged; a late report or a corrected assignment changes it. */
export interface ChurnJudgement {
  readonly kind: ChurnKind;
  readonly because: ChurnKindBecause;
  /** As reported; null = nobody has yet. */
  readonly reason: string | null;
  /** The churn is abnormal and its reason is past due. */
  readonly reasonUnknown: boolean;
  /** Who held the customer on `endedOn`: it counts against them. */
  readonly heldBy: Holder;
}

/** The customer left. */
export interface CustomerChurned extends Decided, ChurnJudgement {
  readonly type: 'customer-churned';
  readonly churnedOn: BusinessDay;
  readonly definition: ChurnDefinition;
  /** The day the last loan ended (or, by inactivity, of the last transaction), and the loan. */
  readonly endedOn: BusinessDay;
  readonly lastLoanId: string;
}
export interface ChurnReclassified extends Decided, ChurnJudgement {
  readonly type: 'churn-reclassified';
  readonly churnedOn: BusinessDay;
}
/** Facts say now that there was no such churn. */
export interface ChurnCleared extends Decided {
  readonly type: 'churn-cleared';
  readonly churnedOn: BusinessDay;
}
export interface CustomerWonBack extends Decided {
  readonly type: 'customer-won-back';
  readonly churnedOn: BusinessDay;
  readonly wonBackOn: BusinessDay;
  readonly loanId: string;
}
export interface WinBackUndone extends Decided {
  readonly type: 'win-back-undone';
  readonly churnedOn: BusinessDay;
}

/** A deposit fell by so much that the person in charge has to know at once. */
export interface LargeMovementObserved extends Decided, Movement {
  readonly type: 'large-movement-observed';
  readonly heldBy: Holder;
}
export interface Movement {
  /** `<from>/<to>/<currency>` of the period it fell in. */
  readonly observation: string;
  readonly from: BusinessDay;
  readonly to: BusinessDay;
  readonly currency: string;
  readonly beforeMinor: number;
  readonly afterMinor: number;
}
export interface LargeMovementWithdrawn extends Decided {
  readonly type: 'large-movement-withdrawn';
  readonly observation: string;
}

/** The early warning for a retained customer, whenever its signals are others than before; green has none. */
export interface WarningChanged extends Decided {
  readonly type: 'warning-changed';
  readonly from: WarningLevel;
  readonly level: WarningLevel;
  readonly score: number;
  readonly signals: readonly RaisedSignal[];
}
export interface RaisedSignal {
  readonly signal: WarningSignal;
  readonly weight: number;
  /** The first business day it holds. */
  readonly since: BusinessDay;
  /** The facts behind it. */
  readonly facts: readonly string[];
}

export const PHASES = ['prospect', 'initial', 'steady', 'wavering', 'leaving', 'gone', 'returned'] as const;
export type Phase = (typeof PHASES)[number];

export interface PhaseChanged extends Decided {
  readonly type: 'phase-changed';
  readonly from: Phase;
  readonly to: Phase;
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

export type ChurnDecision = CustomerChurned | ChurnReclassified | ChurnCleared | CustomerWonBack | WinBackUndone;

export type Decision =
  | ProfileDetermined
  | LoanStatusChanged
  | PointsAwarded
  | PointsExpired
  | PointsTakenBack
  | TierChanged
  | BenefitGranted
  | BenefitWithdrawn
  | ReferralEarned
  | ReferralEnded
  | GiftStatusChanged
  | ChurnDecision
  | LargeMovementObserved
  | LargeMovementWithdrawn
  | WarningChanged
  | PhaseChanged
  | FactSetAside
  | FactReinstated
  | ParkedFactsChanged;
export type DecisionType = Decision['type'];

/** Takes a decision into the state and onto the stream. */
export type RecordDecision = (decision: Decision) => void;

/** Everything a customer's stream holds. */
export type CustomerEvent = CustomerFact | Decision;
