import { latestOf, latestOfEach, ofType, tenThousandths, textOf } from './feed.js';
import type { OracleFact } from './feed.js';

/** A loan whose disbursal stands. */
export interface OracleLoan {
  readonly loanId: string;
  readonly start: string;
  /** Null while it runs; never before the start. */
  readonly end: string | null;
  readonly currency: string;
  /** In ten-thousandths. */
  readonly principal: bigint;
  /** After the rescheduling, where there was one. */
  readonly maturesOn: string;
  /** Of the settlement that stands. */
  readonly settledOn: string | null;
  readonly writtenOff: boolean;
  /** Days on which money came that was not taken back. */
  readonly repaidOn: readonly string[];
  readonly overdueReports: readonly OracleFact[];
  readonly cures: readonly OracleFact[];
}

/** A stretch in which an approved loan waits to be paid out: from its first day up to, but not with, the last. */
export interface Waiting {
  readonly from: string;
  /** Null where it never ended. */
  readonly until: string | null;
}

/** The standing loans by start, then by id. */
export function standingLoans(facts: readonly OracleFact[]): OracleLoan[] {
  return [...byLoan(facts)]
    .map(([loanId, ofLoan]) => standingLoan(loanId, ofLoan))
    .filter((loan) => loan !== null)
    .sort((one, other) => compare(one.start, other.start) || compare(one.loanId, other.loanId));
}

function standingLoan(loanId: string, facts: readonly OracleFact[]): OracleLoan | null {
  const disbursal = standing(facts, 'loan.disbursed', 'loan.disbursal-undone');
  if (disbursal === undefined) return null;
  const start = textOf(disbursal, 'disbursedOn');
  const currency = textOf(disbursal, 'currency');
  const settlement = standing(facts, 'loan.settled', 'loan.settlement-undone');
  const settledOn = settlement === undefined ? null : textOf(settlement, 'settledOn');
  const writeOff = latestOf(ofType(facts, 'loan.written-off').filter((fact) => textOf(fact, 'currency') === currency));
  const end = settledOn ?? (writeOff === undefined ? null : textOf(writeOff, 'on'));
  const rescheduled = latestOf(ofType(facts, 'loan.rescheduled'));
  return {
    loanId,
    start,
    end: end !== null && end < start ? start : end,
    currency,
    principal: tenThousandths(textOf(disbursal, 'principal')),
    maturesOn: textOf(rescheduled ?? disbursal, 'maturesOn'),
    settledOn,
    writtenOff: writeOff !== undefined,
    repaidOn: standingRepayments(facts, currency),
    overdueReports: ofType(facts, 'instalment.overdue'),
    cures: ofType(facts, 'instalment.cured'),
  };
}

/** The statement that holds, unless it was undone at the same instant or later. */
function standing(facts: readonly OracleFact[], type: string, undoneType: string): OracleFact | undefined {
  const stated = latestOf(ofType(facts, type));
  if (stated === undefined) return undefined;
  return ofType(facts, undoneType).some((undone) => undone.at >= stated.at) ? undefined : stated;
}

function standingRepayments(facts: readonly OracleFact[], currency: string): string[] {
  const idOf = (fact: OracleFact): string => textOf(fact, 'repaymentId');
  const reversals = ofType(facts, 'repayment.reversed');
  const received = ofType(facts, 'repayment.received').filter(
    (fact) => textOf(fact, 'currency') === currency && tenThousandths(textOf(fact, 'amount')) > 0n,
  );
  return latestOfEach(received, idOf)
    .filter((fact) => !reversals.some((reversal) => idOf(reversal) === idOf(fact) && reversal.at >= fact.at))
    .map((fact) => textOf(fact, 'paidOn'));
}

/** When an approval was waiting. A disbursal uses it up, also one that was undone later. */
export function waitingApprovals(facts: readonly OracleFact[]): Waiting[] {
  const waiting: Waiting[] = [];
  for (const ofLoan of byLoan(facts).values()) {
    const approval = latestOf(ofType(ofLoan, 'loan.approved'));
    if (approval === undefined) continue;
    const disbursal = latestOf(ofType(ofLoan, 'loan.disbursed'));
    const answer = latestAnswer(ofLoan);
    const ends: string[] = [];
    if (disbursal !== undefined) ends.push(textOf(disbursal, 'disbursedOn'));
    if (answer !== undefined && answer.type !== 'loan.approved') ends.push(textOf(answer, 'on'));
    waiting.push({ from: textOf(approval, 'on'), until: ends.sort(compare)[0] ?? null });
  }
  return waiting;
}

/** Whether the customer has asked for a loan, was not refused and has not got it. */
export function hasOpenRequest(facts: readonly OracleFact[]): boolean {
  return [...byLoan(facts).values()].some((ofLoan) => {
    if (ofType(ofLoan, 'loan.disbursed').length > 0) return false;
    const answer = latestAnswer(ofLoan);
    if (answer !== undefined) return answer.type === 'loan.approved';
    return ofType(ofLoan, 'loan.applied').length > 0;
  });
}

function latestAnswer(ofLoan: readonly OracleFact[]): OracleFact | undefined {
  return latestOf(ofType(ofLoan, 'loan.approved', 'loan.rejected', 'loan.cancelled'));
}

function byLoan(facts: readonly OracleFact[]): Map<string, OracleFact[]> {
  const grouped = new Map<string, OracleFact[]>();
  for (const fact of facts) {
    if (fact.loanId !== null) grouped.set(fact.loanId, [...(grouped.get(fact.loanId) ?? []), fact]);
  }
  return grouped;
}

/** By the characters' codes, whatever the machine's language. */
export function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
