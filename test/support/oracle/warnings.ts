import { addDays, addWorkingDays, daysBetween } from './days.js';
import { latestOfEach, numberOf, ofType, tenThousandths, textOf, textOrNull } from './feed.js';
import type { OracleFact } from './feed.js';
import { compare } from './loans.js';
import type { OracleLoan } from './loans.js';

const WEIGHTS: Readonly<Record<string, number>> = {
  'early-repayment': 20,
  'long-gap': 20,
  'smaller-loan': 10,
  'balance-fall': 30,
  'complaint-overdue': 20,
  'low-survey-score': 15,
  'newly-overdue': 20,
  'no-contact': 10,
};
const EARLY_DAYS = 30;
const FALL_CNY = tenThousandths('1000000.00');
const COMPLAINT_WORKING_DAYS = 5;
const SURVEY_SCORE_MIN = 3;
const NEWLY_DAYS = 30;
/** Days without contact that a tier allows. */
const CONTACT_DAYS: Readonly<Record<string, number>> = { establishing: 182, stable: 182, deepening: 61, trusted: 31 };

export interface Warning {
  readonly level: string;
  /** Sorted; none at level green. */
  readonly signals: string[];
}

export const NO_WARNING: Warning = { level: 'green', signals: [] };

/** What a retained customer's facts up to the day warn of. `loans` are the standing ones by start and id. */
export function warningOf(
  loans: readonly OracleLoan[],
  facts: readonly OracleFact[],
  tier: string,
  day: string,
): Warning {
  const fires: Readonly<Record<string, boolean>> = {
    'early-repayment': repaidEarly(loans),
    'long-gap': gapIsLong(loans, day),
    'smaller-loan': loanIsSmaller(loans),
    'balance-fall': balanceFell(facts),
    'complaint-overdue': complaintIsOverdue(facts, day),
    'low-survey-score': surveyScoreIsLow(facts),
    'newly-overdue': loans.some((loan) => isNewlyOverdue(loan, day)),
    'no-contact': contactIsOverdue(loans, facts, tier, day),
  };
  const signals = Object.keys(WEIGHTS).filter((signal) => fires[signal] === true);
  const score = signals.reduce((sum, signal) => sum + (WEIGHTS[signal] ?? 0), 0);
  if (score < 20) return NO_WARNING;
  return { level: score < 40 ? 'yellow' : score < 70 ? 'orange' : 'red', signals: signals.sort(compare) };
}

function repaidEarly(loans: readonly OracleLoan[]): boolean {
  const last = loans
    .filter(({ settledOn }) => settledOn !== null)
    .sort((one, other) => compare(one.settledOn ?? '', other.settledOn ?? '') || compare(one.loanId, other.loanId))
    .at(-1);
  if (last === undefined || last.settledOn === null) return false;
  const { settledOn, maturesOn } = last;
  const anotherSince = loans.some((loan) => loan.loanId !== last.loanId && loan.start >= settledOn);
  return daysBetween(settledOn, maturesOn) > EARLY_DAYS && !anotherSince;
}

/** Longer than 1.5 × the mean, without a fraction: gap × 2 × (n − 1) > 3 × (last − first). */
function gapIsLong(loans: readonly OracleLoan[], day: string): boolean {
  const days = [...new Set(loans.map(({ start }) => start))].sort(compare);
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined || days.length < 2) return false;
  return daysBetween(last, day) * 2 * (days.length - 1) > daysBetween(first, last) * 3;
}

function loanIsSmaller(loans: readonly OracleLoan[]): boolean {
  const [previous, last] = [loans.at(-2), loans.at(-1)];
  if (previous === undefined || last === undefined || previous.currency !== last.currency) return false;
  return last.principal * 2n < previous.principal;
}

function balanceFell(facts: readonly OracleFact[]): boolean {
  const observed = ofType(facts, 'balance.observed').filter((fact) => textOrNull(fact, 'averageDeposit') !== null);
  const field = (fact: OracleFact, name: string): string => textOf(fact, name);
  const held = latestOfEach(observed, (fact) =>
    [field(fact, 'from'), field(fact, 'to'), field(fact, 'currency')].join(' '),
  ).sort(
    (one, other) => compare(field(one, 'to'), field(other, 'to')) || compare(field(one, 'from'), field(other, 'from')),
  );
  return [...new Set(held.map((fact) => field(fact, 'currency')))].some((currency) => {
    const deposits = held
      .filter((fact) => field(fact, 'currency') === currency)
      .map((fact) => tenThousandths(field(fact, 'averageDeposit')));
    const [before, now] = [deposits.at(-2), deposits.at(-1)];
    if (before === undefined || now === undefined) return false;
    const fall = before - now;
    return (before > 0n && fall * 100n >= before * 30n) || (currency === 'CNY' && fall >= FALL_CNY);
  });
}

function complaintIsOverdue(facts: readonly OracleFact[], day: string): boolean {
  const idOf = (fact: OracleFact): string => textOf(fact, 'complaintId');
  const resolved = new Set(ofType(facts, 'complaint.resolved').map(idOf));
  return latestOfEach(ofType(facts, 'complaint.raised'), idOf).some(
    (fact) => !resolved.has(idOf(fact)) && day > addWorkingDays(textOf(fact, 'raisedOn'), COMPLAINT_WORKING_DAYS),
  );
}

function surveyScoreIsLow(facts: readonly OracleFact[]): boolean {
  const last = latestOfEach(ofType(facts, 'survey.answered'), (fact) => textOf(fact, 'surveyId'))
    .sort((one, other) => compare(one.day, other.day) || one.at - other.at || compare(one.key, other.key))
    .at(-1);
  return last !== undefined && numberOf(last, 'score') < SURVEY_SCORE_MIN;
}

function isNewlyOverdue(loan: OracleLoan, day: string): boolean {
  if (loan.settledOn !== null || loan.writtenOff) return false;
  return [...new Set(loan.overdueReports.map((fact) => numberOf(fact, 'no')))].some((no) => {
    const daysOf = (facts: readonly OracleFact[]): string[] =>
      facts
        .filter((fact) => numberOf(fact, 'no') === no)
        .map((fact) => fact.day)
        .sort(compare);
    const reported = daysOf(loan.overdueReports);
    const [first, last, cured] = [reported[0], reported.at(-1), daysOf(loan.cures).at(-1)];
    if (first === undefined || last === undefined) return false;
    return (cured === undefined || last > cured) && day < addDays(first, NEWLY_DAYS);
  });
}

function contactIsOverdue(
  loans: readonly OracleLoan[],
  facts: readonly OracleFact[],
  tier: string,
  day: string,
): boolean {
  const allowed = CONTACT_DAYS[tier];
  const contacts = latestOfEach(ofType(facts, 'contact.made'), (fact) => textOf(fact, 'contactId'));
  const last = [...contacts.map((fact) => fact.day), ...loans.map(({ start }) => start)].sort(compare).at(-1);
  return allowed !== undefined && last !== undefined && day > addDays(last, allowed);
}
