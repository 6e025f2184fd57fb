import type { BusinessDay, CustomerKind } from './facts.js';
import type {
  ChurnJudgement,
  DeterminedProfile,
  ExpiredLot,
  GiftStatus,
  Holder,
  LoanStatus,
  Phase,
  RaisedSignal,
  SetAsideReason,
} from './decisions.js';
import type { Benefit, ChurnDefinition, Tier, WarningLevel } from './policy/policy.js';

/**
 * What a customer's facts and decisions fold into.
 *
 * The part made of facts is a join of slots: each slot keeps the statement with the greatest stamp, or the union of
 * what was said. Joining is commutative, associative and idempotent, so neither order, nor repetition, nor batching of
 * the facts can show in it. The part under `held` is what decisions say; `decide` keeps it equal to what should hold.
 *
 * Maps, not objects: ids come from outside and `__proto__` is a valid one.
 */
export interface CustomerState {
  readonly customerId: string;
  /** Number of events folded = version of the stream. */
  version: number;
  registration: { stamp: Stamp; registeredOn: BusinessDay } | null;
  readonly profile: Map<ProfileField, { stamp: Stamp; value: string }>;
  /** Who held the customer from when, ordered by day and stamp. */
  readonly assignments: Assignment[];
  readonly loans: Map<string, LoanState>;
  readonly adjustments: Map<string, Adjustment>;
  /** What was observed of balances, by `<from>/<to>/<currency>`. */
  readonly balances: Map<string, Balance>;
  readonly complaints: Map<string, Complaint>;
  readonly surveys: Map<string, { stamp: Stamp; on: BusinessDay; score: number }>;
  lastContact: { on: BusinessDay; factId: string } | null;
  /** By fact id: each is about the churn it was reported after. */
  readonly churnReasons: Map<string, { stamp: Stamp; reason: string; on: BusinessDay }>;
  /** Gifts handed over, by referred customer. */
  readonly gifts: Map<string, { stamp: Stamp; on: BusinessDay }>;
  /** By referred customer. */
  readonly referrals: Map<string, { revision: number; factId: string; loanId: string | null; on: BusinessDay | null }>;
  /**
   * Fact id, or `referral:<referred customer>` → the loan it waits for, or null when it waits for the customer to be
   * registered only. A fact id holds a `#` and so is never the other.
   */
  readonly waiting: Map<string, string | null>;
  readonly held: Held;
}

/** Of two statements about the same thing the later business time holds; the greater fact id breaks a tie. */
export type Stamp = readonly [occurredAt: number, factId: string];

export function supersedes(stamp: Stamp, other: Stamp | undefined): boolean {
  if (other === undefined) return true;
  return stamp[0] !== other[0] ? stamp[0] > other[0] : stamp[1] > other[1];
}

export type ProfileField = 'kind' | 'region' | 'industry' | 'referrerId' | 'channel';

export interface Assignment {
  readonly on: BusinessDay;
  readonly stamp: Stamp;
  readonly officerId: string | null;
  readonly branchId: string | null;
}

export interface Adjustment {
  readonly points: number;
  readonly on: BusinessDay;
  readonly by: string;
  readonly reason: string;
}

/** The average deposit of a period; null when the observation says nothing of it. */
export interface Balance {
  readonly stamp: Stamp;
  readonly from: BusinessDay;
  readonly to: BusinessDay;
  readonly currency: string;
  readonly averageDepositMinor: number | null;
}

export interface Complaint {
  raised: { stamp: Stamp; on: BusinessDay } | null;
  answered: { stamp: Stamp; on: BusinessDay } | null;
  resolved: { stamp: Stamp; on: BusinessDay } | null;
}

export interface LoanState {
  readonly loanId: string;
  applied: { stamp: Stamp; product: string; amountMinor: number; currency: string; on: BusinessDay } | null;
  answer: { stamp: Stamp; answer: 'approved' | 'rejected' | 'cancelled'; on: BusinessDay } | null;
  /** The latest approval, whatever was answered after it. */
  approved: { stamp: Stamp; on: BusinessDay } | null;
  disbursed: Disbursed | null;
  undone: { stamp: Stamp; on: BusinessDay } | null;
  settled: { stamp: Stamp; on: BusinessDay } | null;
  settlementUndone: { stamp: Stamp; on: BusinessDay } | null;
  readonly writtenOff: MoneyStatement[];
  rescheduled: { stamp: Stamp; maturesOn: BusinessDay } | null;
  readonly recoveries: Map<string, { amountMinor: number; currency: string; on: BusinessDay }>;
  /** By instalment number. A cure says nothing of whether the instalment was ever overdue. */
  readonly overdue: Map<number, OverdueInstalment>;
  readonly cured: Map<number, BusinessDay>;
  readonly repayments: Map<string, Repayment>;
  /** Every currency its facts were in, in order; a second one means something has to be set aside. */
  readonly currencies: string[];
}

/**
 * What was said of an amount. Of the same thing the latest statement in each currency is kept, in the order of the
 * currencies: one in a wrong currency is set aside and must not take the place of one in the right.
 */
export interface MoneyStatement {
  readonly stamp: Stamp;
  readonly amountMinor: number;
  readonly currency: string;
  readonly on: BusinessDay;
}

export interface Disbursed {
  readonly stamp: Stamp;
  readonly product: string;
  readonly principalMinor: number;
  readonly currency: string;
  readonly on: BusinessDay;
  readonly maturesOn: BusinessDay;
}

export interface OverdueInstalment {
  /** The earliest report: the cause of whatever follows from it. */
  first: { asOf: BusinessDay; factId: string };
  /** The latest day it was reported to be overdue on. */
  lastAsOf: BusinessDay;
  daysPastDueMax: number;
}

export interface Repayment {
  readonly received: MoneyStatement[];
  reversed: { stamp: Stamp; on: BusinessDay } | null;
}

export interface HeldLoan {
  readonly status: LoanStatus;
  readonly on: BusinessDay;
  readonly product: string | null;
  readonly currency: string | null;
  readonly principalMinor: number | null;
}

export interface HeldEntry {
  readonly points: number;
  readonly on: BusinessDay;
  readonly policyVersion: string;
  readonly uncapped: number | null;
  /** Of an expiry. */
  readonly lots: readonly ExpiredLot[] | null;
}

export interface HeldGift {
  readonly status: GiftStatus;
  readonly on: BusinessDay;
  readonly worthMinor: number;
  readonly currency: string;
}

export interface HeldChurn {
  readonly definition: ChurnDefinition;
  readonly endedOn: BusinessDay;
  readonly lastLoanId: string;
  readonly judgement: ChurnJudgement;
  readonly wonBack: { readonly on: BusinessDay; readonly loanId: string } | null;
}

/** What decisions so far say holds. */
export interface Held {
  profile: DeterminedProfile | null;
  readonly loans: Map<string, HeldLoan>;
  readonly entries: Map<string, HeldEntry>;
  balance: number;
  tier: Tier;
  benefits: Benefit[];
  /** By referred customer. */
  readonly gifts: Map<string, HeldGift>;
  /** By churn date. */
  readonly churns: Map<BusinessDay, HeldChurn>;
  /** Large movements, by observation. */
  readonly movements: Map<string, { readonly beforeMinor: number; readonly afterMinor: number }>;
  warning: { level: WarningLevel; score: number; signals: readonly RaisedSignal[] };
  phase: Phase;
  /** By fact id. */
  readonly setAside: Map<string, { reason: SetAsideReason; loanId: string }>;
  parked: number;
  /** What the parked facts wait for, as the last decision named it. */
  awaited: readonly string[];
  referral: { referrerId: string; loanId: string; on: BusinessDay } | null;
}

export function unknownCustomer(customerId: string): CustomerState {
  return {
    customerId,
    version: 0,
    registration: null,
    profile: new Map(),
    assignments: [],
    loans: new Map(),
    adjustments: new Map(),
    balances: new Map(),
    complaints: new Map(),
    surveys: new Map(),
    lastContact: null,
    churnReasons: new Map(),
    gifts: new Map(),
    referrals: new Map(),
    waiting: new Map(),
    held: {
      profile: null,
      loans: new Map(),
      entries: new Map(),
      balance: 0,
      tier: 'none',
      benefits: [],
      gifts: new Map(),
      churns: new Map(),
      movements: new Map(),
      warning: { level: 'green', score: 0, signals: [] },
      phase: 'prospect',
      setAside: new Map(),
      parked: 0,
      awaited: [],
      referral: null,
    },
  };
}

export function unknownLoan(loanId: string): LoanState {
  return {
    loanId,
    applied: null,
    answer: null,
    approved: null,
    disbursed: null,
    undone: null,
    settled: null,
    settlementUndone: null,
    writtenOff: [],
    rescheduled: null,
    recoveries: new Map(),
    overdue: new Map(),
    cured: new Map(),
    repayments: new Map(),
    currencies: [],
  };
}

export function kindOf(state: CustomerState): CustomerKind | null {
  const kind = state.profile.get('kind')?.value;
  return kind === 'personal' || kind === 'corporate' ? kind : null;
}

/** The branch and the officer that hold the customer after all known assignments, or held them at the end of a day. */
export function holderOf(state: CustomerState, day?: BusinessDay): Holder {
  let branchId: string | null = null;
  let officerId: string | null = null;
  for (const assignment of state.assignments) {
    if (day !== undefined && assignment.on > day) break;
    branchId = assignment.branchId ?? branchId;
    officerId = assignment.officerId ?? officerId;
  }
  return { branchId, officerId };
}
