import type { LoanStatus } from './decisions.js';
import { reportedBefore } from './evolve-loan.js';
import type { Disbursed, LoanState, OverdueInstalment, Stamp } from './state.js';

/**
 * Whether an undoing takes effect: it was said no earlier than what it undoes. At the same time it wins, because a
 * source that stamps only the day says both at midnight, and nobody undoes what is yet to be done.
 */
function undoes(undoing: Stamp, done: Stamp): boolean {
  return undoing[0] >= done[0];
}

/** The disbursal that stands, or null when there is none or it was undone afterwards. */
export function disbursalInForce(loan: LoanState): Disbursed | null {
  if (loan.disbursed === null) return null;
  if (loan.undone !== null && undoes(loan.undone.stamp, loan.disbursed.stamp)) return null;
  return loan.disbursed;
}

/** The settlement that stands; a loan whose disbursal does not stand has none. */
export function settlementInForce(loan: LoanState): LoanState['settled'] {
  if (loan.settled === null || disbursalInForce(loan) === null) return null;
  if (loan.settlementUndone !== null && undoes(loan.settlementUndone.stamp, loan.settled.stamp)) return null;
  return loan.settled;
}

/** The write-off, unless it is set aside for being in another currency than the loan. */
export function writeOffInForce(loan: LoanState): LoanState['writtenOff'] {
  if (loan.writtenOff === null || loan.disbursed === null) return loan.writtenOff;
  return loan.writtenOff.currency === loan.disbursed.currency ? loan.writtenOff : null;
}

export function loanStatus(loan: LoanState): LoanStatus {
  if (disbursalInForce(loan) !== null) {
    if (settlementInForce(loan) !== null) return 'settled';
    return writeOffInForce(loan) === null ? 'active' : 'written-off';
  }
  if (loan.disbursed !== null) return 'undone';
  if (loan.answer !== null && loan.answer.answer !== 'approved') return 'refused';
  return loan.applied !== null || loan.answer !== null ? 'requested' : 'unknown';
}

/** The fact that shows the loan was overdue once: the earliest report, or the write-off. */
export function overdueEvidence(
  loan: LoanState,
): { reason: 'instalment-overdue' | 'written-off'; factId: string } | null {
  let first: OverdueInstalment['first'] | null = null;
  for (const { first: report } of loan.overdue.values()) {
    if (first === null || reportedBefore(report, first)) first = report;
  }
  if (first !== null) return { reason: 'instalment-overdue', factId: first.factId };
  const writeOff = writeOffInForce(loan);
  return writeOff === null ? null : { reason: 'written-off', factId: writeOff.stamp[1] };
}

/** Repayments received and not reversed, in minor units of the loan's currency. */
export function repaidMinor(loan: LoanState): number {
  let sum = 0;
  for (const { received, reversed } of loan.repayments.values()) {
    if (received === null || (reversed !== null && undoes(reversed.stamp, received.stamp))) continue;
    if (loan.disbursed !== null && received.currency !== loan.disbursed.currency) continue;
    sum += received.amountMinor;
  }
  return sum;
}
