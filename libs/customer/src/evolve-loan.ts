import type { LoanFact } from './facts.js';
import { supersedes } from './state.js';
import type { LoanState, MoneyStatement, OverdueInstalment, Repayment, Stamp } from './state.js';

/** Joins one fact into the loan it is about. */
export function evolveLoan(loan: LoanState, fact: LoanFact, stamp: Stamp): void {
  switch (fact.type) {
    case 'loan-applied':
      if (supersedes(stamp, loan.applied?.stamp)) {
        const { product, amountMinor, currency, appliedOn } = fact;
        loan.applied = { stamp, product, amountMinor, currency, on: appliedOn };
      }
      return;
    case 'loan-approved':
      answer(loan, stamp, 'approved', fact.on);
      if (supersedes(stamp, loan.approved?.stamp)) loan.approved = { stamp, on: fact.on };
      return;
    case 'loan-rejected':
      answer(loan, stamp, 'rejected', fact.on);
      return;
    case 'loan-cancelled':
      answer(loan, stamp, 'cancelled', fact.on);
      return;
    case 'loan-disbursed':
      noteCurrency(loan, fact.currency);
      if (supersedes(stamp, loan.disbursed?.stamp)) {
        const { product, principalMinor, currency, disbursedOn, maturesOn } = fact;
        loan.disbursed = { stamp, product, principalMinor, currency, on: disbursedOn, maturesOn };
      }
      return;
    case 'loan-disbursal-undone':
      if (supersedes(stamp, loan.undone?.stamp)) loan.undone = { stamp, on: fact.undoneOn };
      return;
    case 'repayment-received': {
      noteCurrency(loan, fact.currency);
      const { amountMinor, currency, paidOn: on } = fact;
      keepLatest(repaymentOf(loan, fact.repaymentId).received, { stamp, amountMinor, currency, on });
      return;
    }
    case 'repayment-reversed': {
      const repayment = repaymentOf(loan, fact.repaymentId);
      if (supersedes(stamp, repayment.reversed?.stamp)) repayment.reversed = { stamp, on: fact.reversedOn };
      return;
    }
    case 'instalment-overdue':
      noteOverdue(loan, fact.no, { asOf: fact.asOf, factId: fact.factId }, fact.daysPastDue);
      return;
    case 'instalment-cured':
      if ((loan.cured.get(fact.no) ?? '') < fact.curedOn) loan.cured.set(fact.no, fact.curedOn);
      return;
    case 'loan-settled':
      if (supersedes(stamp, loan.settled?.stamp)) loan.settled = { stamp, on: fact.settledOn };
      return;
    case 'loan-settlement-undone':
      if (supersedes(stamp, loan.settlementUndone?.stamp)) loan.settlementUndone = { stamp, on: fact.undoneOn };
      return;
    case 'loan-written-off':
      noteCurrency(loan, fact.currency);
      keepLatest(loan.writtenOff, { stamp, amountMinor: fact.amountMinor, currency: fact.currency, on: fact.on });
      return;
    case 'loan-recovered':
      noteCurrency(loan, fact.currency);
      loan.recoveries.set(fact.factId, { amountMinor: fact.amountMinor, currency: fact.currency, on: fact.on });
      return;
    case 'loan-rescheduled':
      if (supersedes(stamp, loan.rescheduled?.stamp)) loan.rescheduled = { stamp, maturesOn: fact.maturesOn };
      return;
  }
}

function answer(loan: LoanState, stamp: Stamp, what: 'approved' | 'rejected' | 'cancelled', on: string): void {
  if (supersedes(stamp, loan.answer?.stamp)) loan.answer = { stamp, answer: what, on };
}

function repaymentOf(loan: LoanState, repaymentId: string): Repayment {
  let repayment = loan.repayments.get(repaymentId);
  if (repayment === undefined) {
    repayment = { received: [], reversed: null };
    loan.repayments.set(repaymentId, repayment);
  }
  return repayment;
}

function noteOverdue(loan: LoanState, no: number, report: OverdueInstalment['first'], daysPastDue: number): void {
  const known = loan.overdue.get(no);
  if (known === undefined) {
    loan.overdue.set(no, { first: report, lastAsOf: report.asOf, daysPastDueMax: daysPastDue });
    return;
  }
  if (report.asOf > known.lastAsOf) known.lastAsOf = report.asOf;
  known.daysPastDueMax = Math.max(known.daysPastDueMax, daysPastDue);
  if (reportedBefore(report, known.first)) known.first = report;
}

/** Of two reports that an instalment was overdue: the earlier day, then the smaller fact id. */
export function reportedBefore(report: OverdueInstalment['first'], other: OverdueInstalment['first']): boolean {
  return report.asOf !== other.asOf ? report.asOf < other.asOf : report.factId < other.factId;
}

function keepLatest(statements: MoneyStatement[], statement: MoneyStatement): void {
  const at = statements.findIndex(({ currency }) => currency >= statement.currency);
  const known = statements[at];
  if (at < 0) statements.push(statement);
  else if (known?.currency !== statement.currency) statements.splice(at, 0, statement);
  else if (supersedes(statement.stamp, known.stamp)) statements[at] = statement;
}

function noteCurrency(loan: LoanState, currency: string): void {
  if (loan.currencies.includes(currency)) return;
  loan.currencies.push(currency);
  loan.currencies.sort();
}
