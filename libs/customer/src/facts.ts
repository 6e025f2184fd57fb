/**
 * Facts: what the loan system or a person reports. It happened, at a business date.
 *
 * Units: days are `YYYY-MM-DD` in the business time zone; `…Minor` is a safe integer of the currency's minor unit
 * (7000000 = 70,000.00 CNY); rates are decimal strings; `occurredAt` is milliseconds since the epoch, UTC.
 */

/** `YYYY-MM-DD` in the business time zone. Days compare as strings. */
export type BusinessDay = string;

export type CustomerKind = 'personal' | 'corporate';

interface Reported {
  /** `<source>#<id>` of the message: unique for ever, and what `causes` of a decision point to. */
  readonly factId: string;
  /** Business time of the occurrence in milliseconds. Decides between two statements about the same thing. */
  readonly occurredAt: number;
  /** Fields the contract does not know. Preserved, never decided upon. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** What a registration or a profile change may say of a customer. Personal data is kept elsewhere. */
export interface Profile {
  readonly region?: string;
  readonly industry?: string;
  readonly branchId?: string;
  readonly officerId?: string;
  readonly referrerId?: string;
  readonly channel?: string;
}

export interface CustomerRegistered extends Reported, Profile {
  readonly type: 'customer-registered';
  readonly kind: CustomerKind;
  readonly registeredOn: BusinessDay;
}
export interface CustomerProfileChanged extends Reported, Profile {
  readonly type: 'customer-profile-changed';
  readonly kind?: CustomerKind;
  /** The business day of `occurredAt`: a new branch or officer holds the customer from then on. */
  readonly changedOn: BusinessDay;
}
export interface CustomerReassigned extends Reported {
  readonly type: 'customer-reassigned';
  readonly officerId?: string;
  readonly branchId?: string;
  readonly effectiveOn: BusinessDay;
}

export interface LoanApplied extends Reported {
  readonly type: 'loan-applied';
  readonly loanId: string;
  readonly product: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly appliedOn: BusinessDay;
}
export interface LoanApproved extends Reported {
  readonly type: 'loan-approved';
  readonly loanId: string;
  readonly on: BusinessDay;
  readonly reason?: string;
}
export interface LoanRejected extends Reported {
  readonly type: 'loan-rejected';
  readonly loanId: string;
  readonly on: BusinessDay;
  readonly reason?: string;
}
export interface LoanCancelled extends Reported {
  readonly type: 'loan-cancelled';
  readonly loanId: string;
  readonly on: BusinessDay;
  readonly reason?: string;
}

export interface Instalment {
  readonly no: number;
  readonly dueOn: BusinessDay;
  /** Decimal string in the loan's currency. */
  readonly amount: string;
}

export interface LoanDisbursed extends Reported {
  readonly type: 'loan-disbursed';
  readonly loanId: string;
  readonly product: string;
  readonly principalMinor: number;
  readonly currency: string;
  readonly disbursedOn: BusinessDay;
  readonly maturesOn: BusinessDay;
  /** Decimal string, `"0.0985"` = 9.85 % a year. */
  readonly annualRate?: string;
  readonly termDays?: number;
  readonly totalDueMinor?: number;
  readonly branchId?: string;
  readonly officerId?: string;
  readonly schedule?: readonly Instalment[];
}
export interface LoanDisbursalUndone extends Reported {
  readonly type: 'loan-disbursal-undone';
  readonly loanId: string;
  readonly undoneOn: BusinessDay;
}

export interface RepaymentReceived extends Reported {
  readonly type: 'repayment-received';
  readonly repaymentId: string;
  readonly loanId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly paidOn: BusinessDay;
  readonly principalMinor?: number;
  readonly interestMinor?: number;
  readonly feeMinor?: number;
  readonly penaltyMinor?: number;
}
export interface RepaymentReversed extends Reported {
  readonly type: 'repayment-reversed';
  readonly repaymentId: string;
  readonly loanId: string;
  readonly reversedOn: BusinessDay;
}

export interface InstalmentOverdue extends Reported {
  readonly type: 'instalment-overdue';
  readonly loanId: string;
  readonly no: number;
  readonly dueOn: BusinessDay;
  readonly asOf: BusinessDay;
  readonly daysPastDue: number;
  /** Decimal string in the loan's currency, which the message does not repeat. */
  readonly amount: string;
}
export interface InstalmentCured extends Reported {
  readonly type: 'instalment-cured';
  readonly loanId: string;
  readonly no: number;
  readonly curedOn: BusinessDay;
}

export interface LoanSettled extends Reported {
  readonly type: 'loan-settled';
  readonly loanId: string;
  readonly settledOn: BusinessDay;
}
export interface LoanSettlementUndone extends Reported {
  readonly type: 'loan-settlement-undone';
  readonly loanId: string;
  readonly undoneOn: BusinessDay;
}
export interface LoanWrittenOff extends Reported {
  readonly type: 'loan-written-off';
  readonly loanId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly on: BusinessDay;
}
export interface LoanRecovered extends Reported {
  readonly type: 'loan-recovered';
  readonly loanId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly on: BusinessDay;
}
export interface LoanRescheduled extends Reported {
  readonly type: 'loan-rescheduled';
  readonly loanId: string;
  readonly maturesOn: BusinessDay;
  /** The business day of `occurredAt`. */
  readonly rescheduledOn: BusinessDay;
  readonly schedule?: readonly Instalment[];
}

export interface BalanceObserved extends Reported {
  readonly type: 'balance-observed';
  readonly from: BusinessDay;
  readonly to: BusinessDay;
  readonly currency: string;
  readonly averageDepositMinor?: number;
  readonly cardSpendingMinor?: number;
  readonly averageOutstandingMinor?: number;
}
export interface ComplaintRaised extends Reported {
  readonly type: 'complaint-raised';
  readonly complaintId: string;
  readonly raisedOn: BusinessDay;
  readonly topic?: string;
  readonly channel?: string;
}
export interface ComplaintAnswered extends Reported {
  readonly type: 'complaint-answered';
  readonly complaintId: string;
  readonly answeredOn: BusinessDay;
  readonly by?: string;
}
export interface ComplaintResolved extends Reported {
  readonly type: 'complaint-resolved';
  readonly complaintId: string;
  readonly resolvedOn: BusinessDay;
  readonly by?: string;
  /** Whether the customer says to be satisfied; absent = was not asked. */
  readonly satisfied?: boolean;
}
export interface SurveyAnswered extends Reported {
  readonly type: 'survey-answered';
  readonly surveyId: string;
  readonly answeredOn: BusinessDay;
  /** 1 (worst) to 5 (best). */
  readonly score: number;
  readonly channel?: string;
}
export interface ContactMade extends Reported {
  readonly type: 'contact-made';
  readonly contactId: string;
  readonly madeOn: BusinessDay;
  readonly channel?: string;
  readonly officerId?: string;
}
export interface ChurnReasonReported extends Reported {
  readonly type: 'churn-reason-reported';
  readonly reason: string;
  readonly reportedOn: BusinessDay;
  readonly reportedBy?: string;
}

/** A person with the right to do so gives or takes points, and says why. */
export interface PointsAdjusted extends Reported {
  readonly type: 'points-adjusted';
  /** A whole number, not 0. */
  readonly points: number;
  readonly on: BusinessDay;
  readonly by: string;
  readonly reason: string;
}

/** The gift owed for a referral was given to the customer who referred. */
export interface GiftHandedOver extends Reported {
  readonly type: 'gift-handed-over';
  readonly referredId: string;
  readonly handedOverOn: BusinessDay;
  readonly by?: string;
}

/**
 * Reported by the referral reactor, never by an upstream system: the customer this one referred has a loan (or, with
 * `loanId` null, no longer has any). `revision` is the version of the referred customer's stream that says so: of two
 * reports about the same customer the higher revision holds, in whatever order they arrive; should two have the same
 * one, the greater fact id breaks the tie.
 */
export interface ReferralReported extends Reported {
  readonly type: 'referral-reported';
  readonly referredId: string;
  readonly revision: number;
  readonly loanId: string | null;
  readonly on: BusinessDay | null;
}

/** The calendar tick. It concerns no single customer and lives in a stream of its own. */
export interface BusinessDayClosed extends Reported {
  readonly type: 'business-day-closed';
  readonly day: BusinessDay;
}

/** Facts about a loan. They name the loan; the customer may have to be found through it. */
export type LoanFact =
  | LoanApplied
  | LoanApproved
  | LoanRejected
  | LoanCancelled
  | LoanDisbursed
  | LoanDisbursalUndone
  | RepaymentReceived
  | RepaymentReversed
  | InstalmentOverdue
  | InstalmentCured
  | LoanSettled
  | LoanSettlementUndone
  | LoanWrittenOff
  | LoanRecovered
  | LoanRescheduled;

/** Facts about how the customer and the lender get on, apart from loans. */
export type RelationshipFact =
  | BalanceObserved
  | ComplaintRaised
  | ComplaintAnswered
  | ComplaintResolved
  | SurveyAnswered
  | ContactMade
  | ChurnReasonReported
  | GiftHandedOver;

/** Everything a customer's stream can hold as a fact. */
export type CustomerFact =
  | CustomerRegistered
  | CustomerProfileChanged
  | CustomerReassigned
  | LoanFact
  | RelationshipFact
  | PointsAdjusted
  | ReferralReported;

export type Fact = CustomerFact | BusinessDayClosed;
export type FactType = Fact['type'];
