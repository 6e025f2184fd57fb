import type { RecordDecision } from './decisions.js';
import { disbursalInForce, loanStatus, settlementInForce, writeOffInForce } from './loan.js';
import { policyOn } from './policy/policy.js';
import type { PolicyBook } from './policy/policy.js';
import type { CustomerState, HeldLoan, LoanState, Stamp } from './state.js';

/** Records where a loan stands, whenever that is somewhere else than recorded last. */
export function decideLoanStatus(state: CustomerState, loanId: string, book: PolicyBook, record: RecordDecision): void {
  const loan = state.loans.get(loanId);
  const standing = loan === undefined ? null : standingOf(loan);
  if (loan === undefined || standing === null) return;
  const held = state.held.loans.get(loanId);
  const { causes, ...due } = standing;
  if (held !== undefined && (Object.keys(due) as (keyof HeldLoan)[]).every((field) => held[field] === due[field]))
    return;
  record({
    type: 'loan-status-changed',
    loanId,
    from: held?.status ?? null,
    ...due,
    policyVersion: policyOn(book, due.on).version,
    causes,
  });
}

function standingOf(loan: LoanState): (HeldLoan & { readonly causes: readonly string[] }) | null {
  const status = loanStatus(loan);
  const slot = deciding(loan);
  if (slot === null || status === 'unknown') return null;
  const terms = loan.disbursed ?? loan.applied;
  return {
    status,
    on: slot.on,
    product: terms?.product ?? null,
    currency: terms?.currency ?? null,
    principalMinor: loan.disbursed?.principalMinor ?? loan.applied?.amountMinor ?? null,
    causes: [...new Set([slot, terms, reopenedBy(loan)].flatMap((said) => said?.stamp[1] ?? []))],
  };
}

/** The statement without which the loan would stand as settled. */
function reopenedBy(loan: LoanState): LoanState['settlementUndone'] {
  if (disbursalInForce(loan) === null || settlementInForce(loan) !== null) return null;
  return loan.settled === null ? null : loan.settlementUndone;
}

/** The statement that decides where the loan stands. */
function deciding(loan: LoanState): { readonly stamp: Stamp; readonly on: string } | null {
  const disbursal = disbursalInForce(loan);
  if (disbursal !== null) return settlementInForce(loan) ?? writeOffInForce(loan) ?? disbursal;
  if (loan.disbursed !== null) return loan.undone;
  if (loan.answer !== null && loan.answer.answer !== 'approved') return loan.answer;
  // An approval leaves the request where it was; telling it again would be an event for every second loan.
  return loan.applied ?? loan.answer;
}
