import { type DayNumber, dayOf, dayText, type WallSecond } from './business-time.js';
import {
  duringHours,
  loanKey,
  noteCured,
  noteOverdue,
  noteReceived,
  noteReversed,
  type Payment,
  type RunningLoan,
} from './journal.js';
import { amountOf, type PlannedInstalment } from './loan-terms.js';
import { amountText, CURRENCY, type Fen, interestOf } from './money.js';
import type { Weighted } from './random.js';

/** How a loan that was paid out came to its end. */
export interface LoanEnd {
  readonly fate: 'settled' | 'written-off';
  readonly endsOn: DayNumber;
}

interface Paid {
  readonly payment: Payment;
  readonly item: PlannedInstalment;
  readonly at: WallSecond;
}

/** Days past due at which a late instalment is paid. The longest is shorter than the wait before a write-off. */
const DAYS_LATE: readonly Weighted<readonly [least: number, most: number]>[] = [
  { weight: 0.55, value: [1, 3] },
  { weight: 0.33, value: [4, 15] },
  { weight: 0.1, value: [16, 60] },
  { weight: 0.02, value: [61, 85] },
];

/** Penalty interest: five ten-thousandths of the instalment for each day. */
const PENALTY_A_DAY = 5 / 10_000;

/** Tells the loan from its first instalment to its end. */
export function tellRepayments(loan: RunningLoan, disbursedAt: WallSecond): LoanEnd {
  const { lender, borrower, random, terms } = loan;
  const lost = random.chance(Math.min(1, lender.writtenOffRate * borrower.temper));
  const prepaid = random.chance(lender.prepaidRate);
  const turningPoint = random.whole(1, terms.plan.length);
  let last: Paid | undefined;
  for (const item of terms.plan) {
    if (item.no === turningPoint && lost) return tellWriteOff(loan, item);
    const after = last?.at ?? disbursedAt;
    const closing = item.no === turningPoint && prepaid ? payAhead(loan, item, after) : undefined;
    if (closing !== undefined) return tellSettlement(loan, closing);
    last = payInstalment(loan, item, after);
  }
  if (last === undefined) throw new RangeError(`Loan ${terms.loanId} has no instalments.`);
  return tellSettlement(loan, last);
}

/** Pays the rest at once before the instalment is due, where there is a day left for it. */
function payAhead(loan: RunningLoan, item: PlannedInstalment, after: WallSecond): Paid | undefined {
  const { random, terms } = loan;
  const earliest = dayOf(after) + 1;
  if (item.dueOn - 2 < earliest) return undefined;
  const day = random.whole(earliest, item.dueOn - 2);
  const accruedFrom = terms.plan[item.no - 2]?.dueOn ?? terms.disbursedOn;
  const principal = outstandingFrom(loan, item.no);
  const payment: Payment = {
    no: item.no,
    attempt: 1,
    principal,
    interest: interestOf(principal, terms.basisPoints, Math.max(0, day - accruedFrom)),
    fee: random.chance(0.5) ? Math.round(principal * 0.005) : 0,
    penalty: 0,
  };
  const at = duringHours(random, day);
  noteReceived(loan, payment, at);
  return { payment, item, at };
}

function payInstalment(loan: RunningLoan, item: PlannedInstalment, after: WallSecond): Paid {
  const { lender, borrower, random } = loan;
  const late = random.chance(Math.min(0.6, lender.overdueRate * borrower.temper));
  const [least, most] = random.weighted(DAYS_LATE);
  const ahead = random.chance(0.6) ? 0 : random.whole(1, 3);
  // An instalment is never paid before the one that came first: a long delay of that one delays this one too.
  const day = Math.max(late ? item.dueOn + random.whole(least, most) : item.dueOn - ahead, dayOf(after));
  const at = Math.max(duringHours(random, day), after + random.whole(60, 300));
  const daysLate = Math.max(0, day - item.dueOn);
  const { no, principal, interest } = item;
  const penalty = Math.round(amountOf(item) * PENALTY_A_DAY * daysLate);
  const payment: Payment = { no, attempt: 1, principal, interest, fee: 0, penalty };
  const overdue = noteOverdue(loan, item, item.dueOn + 1, day);
  noteReceived(loan, payment, at);
  if (overdue) noteCured(loan, payment, at + 30);
  const reversed = random.chance(lender.repaymentReversedRate) && daysLate === 0;
  return reversed
    ? payAgain(loan, { payment, item, at }, duringHours(random, day + random.whole(1, 2)))
    : { payment, item, at };
}

/** The payment turns out to be void, and is made good a day or two later: too late, where it was due by then. */
function payAgain(loan: RunningLoan, void_: Paid, reversedAt: WallSecond): Paid {
  const { random } = loan;
  noteReversed(loan, void_.payment, reversedAt);
  const day = dayOf(reversedAt) + random.whole(1, 2);
  const overdue = noteOverdue(loan, void_.item, dayOf(reversedAt) + 1, day);
  const again: Paid = {
    payment: { ...void_.payment, attempt: void_.payment.attempt + 1 },
    item: void_.item,
    at: duringHours(random, day),
  };
  noteReceived(loan, again.payment, again.at);
  if (overdue) noteCured(loan, again.payment, again.at + 30);
  return again;
}

function tellSettlement(loan: RunningLoan, last: Paid): LoanEnd {
  const { lender, random } = loan;
  const settledAt = last.at + random.whole(60, 900);
  noteSettled(loan, settledAt, 1);
  if (!random.chance(lender.settlementUndoneRate)) return { fate: 'settled', endsOn: dayOf(settledAt) };
  const undoneAt = duringHours(random, dayOf(settledAt) + random.whole(1, 4));
  const bounced = random.chance(0.5);
  const again = bounced ? payAgain(loan, last, undoneAt - 60) : undefined;
  loan.journal.push({
    type: 'loan.settlement-undone',
    id: `unsettle-${loanKey(loan)}`,
    at: undoneAt,
    data: { loanId: loan.terms.loanId, undoneOn: dayText(dayOf(undoneAt)) },
  });
  const finallyAt = again === undefined ? duringHours(random, dayOf(undoneAt) + 1) : again.at + random.whole(60, 900);
  noteSettled(loan, finallyAt, 2);
  return { fate: 'settled', endsOn: dayOf(finallyAt) };
}

function noteSettled(loan: RunningLoan, at: WallSecond, attempt: number): void {
  loan.journal.push({
    type: 'loan.settled',
    id: `settle-${loanKey(loan)}${attempt > 1 ? `.${attempt}` : ''}`,
    at,
    data: { loanId: loan.terms.loanId, settledOn: dayText(dayOf(at)) },
  });
}

/** Nothing more is paid from this instalment on. Three to four months later the lender gives the loan up. */
function tellWriteOff(loan: RunningLoan, item: PlannedInstalment): LoanEnd {
  const { lender, random, terms } = loan;
  const day = item.dueOn + random.whole(90, 120);
  for (const unpaid of terms.plan.slice(item.no - 1)) noteOverdue(loan, unpaid, unpaid.dueOn + 1, day - 1);
  const lost = outstandingFrom(loan, item.no);
  noteLoss(loan, 'loan.written-off', `writeoff-${loanKey(loan)}`, lost, duringHours(random, day));
  if (!random.chance(lender.recoveredRate)) return { fate: 'written-off', endsOn: day };
  const recovered = Math.floor((lost * random.whole(10, 100)) / 100);
  const recoveredOn = day + random.whole(30, 240);
  noteLoss(loan, 'loan.recovered', `recover-${loanKey(loan)}`, recovered, duringHours(random, recoveredOn));
  return { fate: 'written-off', endsOn: recoveredOn };
}

function noteLoss(loan: RunningLoan, type: string, id: string, fen: Fen, at: WallSecond): void {
  const on = dayText(dayOf(at));
  loan.journal.push({
    type,
    id,
    at,
    data: { loanId: loan.terms.loanId, amount: amountText(fen), currency: CURRENCY, on },
  });
}

/** The principal that was to be paid with this instalment and those after it. */
function outstandingFrom(loan: RunningLoan, no: number): Fen {
  return loan.terms.plan.slice(no - 1).reduce((sum, item) => sum + item.principal, 0);
}
