import { type DayNumber, dayOf, dayText, type WallSecond } from './business-time.js';
import { duringHours, type LoanStory, type RunningLoan } from './journal.js';
import {
  type LoanRequest,
  loanRequest,
  type LoanTerms,
  loanTerms,
  maturityOf,
  postponed,
  scheduleOf,
  totalDueOf,
} from './loan-terms.js';
import { amountText, CURRENCY, rateText } from './money.js';
import { tellRepayments } from './repayment-story.js';

/** How an application went on. `heldFrom` is the day of the last answer or of the disbursal. */
export interface LoanOutcome {
  readonly loanId: string;
  readonly fate: 'refused' | 'undone' | 'settled' | 'written-off';
  readonly heldFrom: DayNumber;
  readonly endsOn: DayNumber;
}

/** Tells one application and, where it is granted, the loan to its end. The journal is left out of order. */
export function tellLoan(story: LoanStory, appliedAt: WallSecond): LoanOutcome {
  const { lender, borrower, random } = story;
  const request = loanRequest(borrower, random);
  borrower.applications += 1;
  noteApplied(story, request, appliedAt);
  const answeredAt = duringHours(random, dayOf(appliedAt) + random.whole(1, 3));
  const cancelledAt = duringHours(random, dayOf(answeredAt) + random.whole(1, 5));
  const answer = random.fraction();
  if (answer < lender.rejectedRate) {
    return noteAnswer(story, request, 'rejected', answeredAt, random.pick(['income', 'collateral', 'history']));
  }
  noteAnswer(story, request, 'approved', answeredAt);
  if (answer < lender.rejectedRate + lender.cancelledRate) {
    return noteAnswer(
      story,
      request,
      'cancelled',
      cancelledAt,
      random.pick(['found another lender', 'no longer needed']),
    );
  }
  const delay = random.whole(0, 4);
  const disbursedAt =
    delay === 0 ? answeredAt + random.whole(600, 3600) : duringHours(random, dayOf(answeredAt) + delay);
  borrower.lastPrincipal = request.principal;
  return tellDisbursal(story, loanTerms(request, dayOf(disbursedAt)), disbursedAt);
}

function tellDisbursal(story: LoanStory, terms: LoanTerms, disbursedAt: WallSecond): LoanOutcome {
  const { lender, random } = story;
  noteDisbursed(story, terms, disbursedAt);
  const { loanId, disbursedOn } = terms;
  if (random.chance(lender.disbursalUndoneRate)) {
    // The first instalment is a month away, so nothing of the loan lies behind this day.
    const undoneAt = duringHours(random, disbursedOn + random.whole(1, 3));
    const endsOn = dayOf(undoneAt);
    const data = { loanId, undoneOn: dayText(endsOn) };
    story.journal.push({ type: 'loan.disbursal-undone', id: `undo-${loanId.slice(1)}`, at: undoneAt, data });
    return { loanId, fate: 'undone', heldFrom: disbursedOn, endsOn };
  }
  const kept = rescheduledAfter(story, terms);
  const running = { ...story, terms: kept === undefined ? terms : postponed(terms, kept) };
  const { fate, endsOn } = tellRepayments(running, disbursedAt);
  if (kept !== undefined) noteRescheduled(running, kept);
  return { loanId, fate, heldFrom: disbursedOn, endsOn };
}

/**
 * Some customers may skip a month: what was not yet due falls due a month later, and costs the same. The number of the last
 * instalment that keeps its day, or undefined.
 */
function rescheduledAfter({ lender, random }: LoanStory, terms: LoanTerms): number | undefined {
  const instalments = terms.plan.length;
  return random.chance(lender.rescheduledRate) && instalments > 1 ? random.whole(1, instalments - 1) : undefined;
}

/** The agreement, before the first postponed day. It came to nothing where the customer had repaid everything by then. */
function noteRescheduled({ terms, random, journal }: RunningLoan, kept: number): void {
  const { loanId } = terms;
  const keptDueOn = terms.plan[kept - 1]?.dueOn ?? terms.disbursedOn;
  const at = duringHours(random, keptDueOn - random.whole(5, 15));
  if (journal.some((occurrence) => occurrence.type === 'loan.settled' && occurrence.at <= at)) return;
  const data = { loanId, maturesOn: dayText(maturityOf(terms)), schedule: scheduleOf(terms) };
  journal.push({ type: 'loan.rescheduled', id: `resch-${loanId.slice(1)}`, at, data });
}

function noteApplied(story: LoanStory, request: LoanRequest, at: WallSecond): void {
  story.journal.push({
    type: 'loan.applied',
    id: `apply-${request.loanId.slice(1)}`,
    at,
    data: {
      loanId: request.loanId,
      customerId: story.borrower.customerId,
      product: request.product,
      amount: amountText(request.principal),
      currency: CURRENCY,
      appliedOn: dayText(dayOf(at)),
    },
  });
}

function noteAnswer(
  story: LoanStory,
  { loanId }: LoanRequest,
  answer: 'approved' | 'rejected' | 'cancelled',
  at: WallSecond,
  reason?: string,
): LoanOutcome {
  const { customerId } = story.borrower;
  const data = { loanId, customerId, on: dayText(dayOf(at)), ...(reason === undefined ? {} : { reason }) };
  story.journal.push({ type: `loan.${answer}`, id: `${answer}-${loanId.slice(1)}`, at, data });
  return { loanId, fate: 'refused', heldFrom: dayOf(at), endsOn: dayOf(at) };
}

function noteDisbursed(story: LoanStory, terms: LoanTerms, at: WallSecond): void {
  const { customerId, desk } = story.borrower;
  const maturesOn = maturityOf(terms);
  story.journal.push({
    type: 'loan.disbursed',
    id: `disb-${terms.loanId.slice(1)}`,
    at,
    data: {
      loanId: terms.loanId,
      customerId,
      product: terms.product,
      principal: amountText(terms.principal),
      currency: CURRENCY,
      disbursedOn: dayText(terms.disbursedOn),
      maturesOn: dayText(maturesOn),
      annualRate: rateText(terms.basisPoints),
      termDays: maturesOn - terms.disbursedOn,
      totalDue: amountText(totalDueOf(terms)),
      branchId: desk.branchId,
      officerId: desk.officerId,
      schedule: scheduleOf(terms),
    },
  });
}
