import type { Borrower } from './borrower.js';
import { type DayNumber, dayOf, dayText, SECONDS_A_DAY, type WallSecond } from './business-time.js';
import { amountText, CURRENCY, type Fen } from './money.js';
import type { Occurrence } from './occurrence.js';
import type { Lender } from './parameters.js';
import type { Random } from './random.js';
import { amountOf, type LoanTerms, type PlannedInstalment } from './loan-terms.js';

/** What the telling of one loan needs. The journal grows, the customer moves on with every draw. */
export interface LoanStory {
  readonly lender: Lender;
  readonly borrower: Borrower;
  readonly random: Random;
  readonly journal: Occurrence[];
}

/** A loan that was paid out. */
export interface RunningLoan extends LoanStory {
  readonly terms: LoanTerms;
}

/** One payment; `no` is the instalment it is for and `attempt` counts up when an earlier one was reversed. */
export interface Payment {
  readonly no: number;
  readonly attempt: number;
  readonly principal: Fen;
  readonly interest: Fen;
  readonly fee: Fen;
  readonly penalty: Fen;
}

/** Some second of the day while the branches are open, 9:00 to 17:30. */
export function duringHours(random: Random, day: DayNumber): WallSecond {
  return day * SECONDS_A_DAY + random.whole(9 * 3600, 17.5 * 3600);
}

export function noteReceived(loan: RunningLoan, payment: Payment, at: WallSecond): void {
  const { principal, interest, fee, penalty } = payment;
  loan.journal.push({
    type: 'repayment.received',
    id: `pay-${paymentKey(loan, payment)}`,
    at,
    data: {
      repaymentId: `P${paymentKey(loan, payment)}`,
      loanId: loan.terms.loanId,
      amount: amountText(principal + interest + fee + penalty),
      currency: CURRENCY,
      paidOn: dayText(dayOf(at)),
      ...(principal > 0 ? { principal: amountText(principal) } : {}),
      ...(interest > 0 ? { interest: amountText(interest) } : {}),
      ...(fee > 0 ? { fee: amountText(fee) } : {}),
      ...(penalty > 0 ? { penalty: amountText(penalty) } : {}),
    },
  });
}

export function noteReversed(loan: RunningLoan, payment: Payment, at: WallSecond): void {
  loan.journal.push({
    type: 'repayment.reversed',
    id: `rev-${paymentKey(loan, payment)}`,
    at,
    data: {
      repaymentId: `P${paymentKey(loan, payment)}`,
      loanId: loan.terms.loanId,
      reversedOn: dayText(dayOf(at)),
    },
  });
}

/**
 * The reports about an unpaid instalment from one day to another, both included: each of the first three days past due,
 * then every week. They come at seven in the morning. Says whether there was any.
 */
export function noteOverdue(loan: RunningLoan, item: PlannedInstalment, from: DayNumber, to: DayNumber): boolean {
  let reported = false;
  for (let asOf = Math.max(from, item.dueOn + 1); asOf <= to; asOf += 1) {
    const daysPastDue = asOf - item.dueOn;
    if (daysPastDue > 3 && daysPastDue % 7 !== 0) continue;
    reported = true;
    loan.journal.push({
      type: 'instalment.overdue',
      id: `over-${loanKey(loan)}-${item.no}-${daysPastDue}`,
      at: asOf * SECONDS_A_DAY + 7 * 3600 + (item.no % 60) * 60,
      data: {
        loanId: loan.terms.loanId,
        no: item.no,
        dueOn: dayText(item.dueOn),
        asOf: dayText(asOf),
        daysPastDue,
        amount: amountText(amountOf(item)),
      },
    });
  }
  return reported;
}

export function noteCured(loan: RunningLoan, payment: Payment, at: WallSecond): void {
  loan.journal.push({
    type: 'instalment.cured',
    id: `cure-${paymentKey(loan, payment)}`,
    at,
    data: { loanId: loan.terms.loanId, no: payment.no, curedOn: dayText(dayOf(at)) },
  });
}

/** `0000001-03`: the loan id without its letter, as ids of messages carry it. */
export function loanKey(loan: RunningLoan): string {
  return loan.terms.loanId.slice(1);
}

function paymentKey(loan: RunningLoan, payment: Payment): string {
  return `${loanKey(loan)}-${payment.no}${payment.attempt > 1 ? `.${payment.attempt}` : ''}`;
}
