import type { BusinessDay } from './facts.js';
import type { ExpiredLot, PointRule, TakenBackReason } from './decisions.js';
import { disbursalInForce, overdueEvidence, settlementInForce } from './loan.js';
import { policyOn } from './policy/policy.js';
import type { PolicyBook } from './policy/policy.js';
import type { CustomerState, LoanState } from './state.js';

/** An entry the ledger should hold. */
export interface DueEntry {
  readonly rule: PointRule;
  readonly about: string;
  readonly points: number;
  readonly on: BusinessDay;
  readonly policyVersion: string;
  readonly causes: readonly string[];
  /** What the rule gives, where a cap left less. */
  readonly uncapped?: number;
  /** Of an expiry. */
  readonly lots?: readonly ExpiredLot[];
  /** Of a manual entry. */
  readonly givenBy?: { readonly by: string; readonly reason: string };
}

/** Why an entry should not, or no longer, be held, and the facts that say so. */
export interface Absence {
  readonly reason: TakenBackReason;
  readonly causes: readonly string[];
}

export type Due = DueEntry | Absence;

/** `<rule>:<what it is for>`: holds at most once, so nothing can be awarded twice. */
export function entryId(rule: PointRule, about: string): string {
  return `${rule}:${about}`;
}

/** What the ledger should say for one loan of a registered customer. */
export function dueForLoan(loan: LoanState, book: PolicyBook): [loanUse: Due, noOverdue: Due] {
  return [dueForUse(loan, book), dueForNoOverdue(loan, book)];
}

function dueForUse(loan: LoanState, book: PolicyBook): Due {
  const disbursal = disbursalInForce(loan);
  if (disbursal === null) return { reason: 'disbursal-undone', causes: factIds(loan.undone) };
  const policy = policyOn(book, disbursal.on);
  return {
    rule: 'loan-use',
    about: loan.loanId,
    points: policy.points.loanUse,
    on: disbursal.on,
    policyVersion: policy.version,
    causes: factIds(disbursal),
  };
}

function dueForNoOverdue(loan: LoanState, book: PolicyBook): Due {
  const disbursal = disbursalInForce(loan);
  if (disbursal === null) return { reason: 'disbursal-undone', causes: factIds(loan.undone) };
  const settlement = settlementInForce(loan);
  if (settlement === null) return { reason: 'settlement-undone', causes: factIds(loan.settlementUndone) };
  const evidence = overdueEvidence(loan);
  if (evidence !== null) return { reason: evidence.reason, causes: [evidence.factId] };
  const policy = policyOn(book, settlement.on);
  return {
    rule: 'no-overdue',
    about: loan.loanId,
    points: policy.points.noOverdue,
    on: settlement.on,
    policyVersion: policy.version,
    causes: factIds(settlement, disbursal),
  };
}

/** What the ledger of the referrer should say for one referred customer. */
export function dueForReferral(state: CustomerState, referredId: string, book: PolicyBook): Due {
  const referral = state.referrals.get(referredId);
  if (referral === undefined) return { reason: 'referral-ended', causes: [] };
  if (referral.on === null || referredId === state.customerId) {
    return { reason: 'referral-ended', causes: [referral.factId] };
  }
  const policy = policyOn(book, referral.on);
  return {
    rule: 'referral',
    about: referredId,
    points: policy.points.referral,
    on: referral.on,
    policyVersion: policy.version,
    causes: [referral.factId],
  };
}

export function dueForAdjustment(state: CustomerState, factId: string, book: PolicyBook): Due {
  const adjustment = state.adjustments.get(factId);
  if (adjustment === undefined) return { reason: 'entry-changed', causes: [factId] };
  return {
    rule: 'manual',
    about: factId,
    points: adjustment.points,
    on: adjustment.on,
    policyVersion: policyOn(book, adjustment.on).version,
    causes: [factId],
    givenBy: { by: adjustment.by, reason: adjustment.reason },
  };
}

function factIds(...slots: readonly ({ readonly stamp: readonly [number, string] } | null)[]): string[] {
  return slots.flatMap((slot) => (slot === null ? [] : [slot.stamp[1]]));
}
