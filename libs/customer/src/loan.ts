import type { LoanStatus } from './decisions.js';
import { reportedBefore } from './evolve-loan.js';
import type { Disbursed, LoanState, MoneyStatement, OverdueInstalment, Stamp } from './state.js';

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

/** The write-off in the loan's currency; one in another is set aside. None of a loan that is not disbursed. */
export function writeOffInForce(loan: LoanState): MoneyStatement | null {
  return loan.disbursed === null ? null : statedIn(loan.writtenOff, loan.disbursed.currency);
}

function statedIn(statements: readonly MoneyStatement[], currency: string): MoneyStatement | null {
  return statements.find((statement) => statement.currency === currency) ?? null;
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

/** Repayments received in the loan's currency and not reversed; none while the loan is not disbursed. */
export function repaymentsInForce(loan: LoanState): MoneyStatement[] {
  const { disbursed } = loan;
  if (disbursed === null) return [];
  const standing: MoneyStatement[] = [];
  for (const { received, reversed } of loan.repayments.values()) {
    const stated = statedIn(received, disbursed.currency);
    if (stated === null || (reversed !== null && undoes(reversed.stamp, stated.stamp))) continue;
    standing.push(stated);
  }
  return standing;
}

/** The sum of these, in minor units of the loan's currency. */
export function repaidMinor(loan: LoanState): number {
  return repaymentsInForce(loan).reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}
