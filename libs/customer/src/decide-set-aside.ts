import type { RecordDecision } from './decisions.js';
import { policyOn } from './policy/policy.js';
import type { PolicyBook } from './policy/policy.js';
import { supersedes } from './state.js';
import type { CustomerState, Disbursed, LoanState } from './state.js';

/** Sets facts aside whose currency is not the loan's, and reinstates them once that is no longer so. */
export function decideSetAside(state: CustomerState, loanId: string, book: PolicyBook, record: RecordDecision): void {
  const loan = state.loans.get(loanId);
  // One currency throughout is the rule, and then there is nothing to look for among the repayments.
  if (loan === undefined || loan.disbursed === null || loan.currencies.length < 2) return;
  const { setAside } = state.held;
  const policyVersion = policyOn(book, loan.disbursed.on).version;
  const disbursal = loan.disbursed.stamp[1];
  const due = inAnotherCurrency(loan, loan.disbursed);
  for (const [factId, held] of [...setAside].sort(([one], [other]) => (one < other ? -1 : 1))) {
    if (held.loanId === loanId && !due.includes(factId)) {
      record({ type: 'fact-reinstated', factId, policyVersion, causes: [factId, disbursal] });
    }
  }
  for (const factId of due) {
    if (setAside.has(factId)) continue;
    record({
      type: 'fact-set-aside',
      factId,
      loanId,
      reason: 'currency-mismatch',
      field: 'data.currency',
      policyVersion,
      causes: [factId, disbursal],
    });
  }
}

/** Facts in another currency, unless a later statement of the same thing is in the right one. */
function inAnotherCurrency(loan: LoanState, { currency }: Disbursed): string[] {
  const factIds: string[] = [];
  for (const statements of [loan.writtenOff, ...[...loan.repayments.values()].map(({ received }) => received)]) {
    const right = statements.find((statement) => statement.currency === currency);
    for (const wrong of statements) {
      if (wrong.currency !== currency && supersedes(wrong.stamp, right?.stamp)) factIds.push(wrong.stamp[1]);
    }
  }
  for (const [factId, recovery] of loan.recoveries) if (recovery.currency !== currency) factIds.push(factId);
  return factIds.sort();
}
