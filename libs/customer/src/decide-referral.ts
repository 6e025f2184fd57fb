import type { RecordDecision } from './decisions.js';
import type { BusinessDay } from './facts.js';
import { disbursalInForce } from './loan.js';
import { policyOn } from './policy/policy.js';
import type { PolicyBook } from './policy/policy.js';
import type { CustomerState, Held } from './state.js';

interface Referral {
  readonly referrerId: string;
  readonly loanId: string;
  readonly on: BusinessDay;
  readonly causes: readonly string[];
}

/**
 * Whether this customer's loans make a referral of somebody. Whether that somebody is a known customer is decided in
 * the referrer's own stream, where the report waits until they are.
 */
export function decideReferral(state: CustomerState, book: PolicyBook, record: RecordDecision): void {
  const { held } = state;
  const due = dueReferral(state);
  if (due === null && held.referral === null) return;
  if (held.referral !== null && due?.referrerId !== held.referral.referrerId) {
    const policyVersion = policyOn(book, held.referral.on).version;
    const causes = endedBy(state, held.referral);
    record({ type: 'referral-ended', referrerId: held.referral.referrerId, policyVersion, causes });
  }
  if (due !== null && (held.referral?.loanId !== due.loanId || held.referral.on !== due.on)) {
    record({ type: 'referral-earned', ...due, policyVersion: policyOn(book, due.on).version });
  }
}

/** The fact that names another referrer, or else the one that undid the loan. */
function endedBy(state: CustomerState, { referrerId, loanId }: NonNullable<Held['referral']>): string[] {
  const referrer = state.profile.get('referrerId');
  const undone = state.loans.get(loanId)?.undone ?? null;
  const cause = referrer !== undefined && referrer.value !== referrerId ? referrer : undone;
  return cause === null ? [] : [cause.stamp[1]];
}

function dueReferral(state: CustomerState): Referral | null {
  const referrer = state.profile.get('referrerId');
  if (referrer === undefined || referrer.value === state.customerId) return null;
  let first: Referral | null = null;
  for (const loan of state.loans.values()) {
    const disbursal = disbursalInForce(loan);
    if (disbursal === null) continue;
    if (first === null || disbursal.on < first.on || (disbursal.on === first.on && loan.loanId < first.loanId)) {
      const causes = [disbursal.stamp[1], referrer.stamp[1]];
      first = { referrerId: referrer.value, loanId: loan.loanId, on: disbursal.on, causes };
    }
  }
  return first;
}
