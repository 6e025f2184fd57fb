import { type DayNumber, dayNumberOf, dayText } from './business-time.js';

/**
 * Every number that may be set, with its default and what it means. A rate is a probability from 0 to 1. How many loans
 * a customer takes, and of what size and term, are tables in `borrower.ts` and `loan-terms.ts`.
 */
export const PARAMETER_DEFAULTS = {
  branches: { value: 80, says: 'branches, spread over the divisions' },
  officersPerBranch: { value: 6, says: 'loan officers in each branch' },
  corporateRate: { value: 0.1, says: 'of the customers are companies' },
  referredRate: { value: 0.2, says: 'of the customers name a referrer' },
  referrerLaterRate: { value: 0.05, says: 'of the referrers register after the customer they referred' },
  referrerUnknownRate: { value: 0.03, says: 'of the referrers never register' },
  rejectedRate: { value: 0.06, says: 'of the applications are rejected' },
  cancelledRate: { value: 0.03, says: 'of the applications are cancelled' },
  prepaidRate: { value: 0.12, says: 'of the loans are repaid as a whole before maturity' },
  overdueRate: { value: 0.06, says: 'of the instalments are paid late' },
  writtenOffRate: { value: 0.01, says: 'of the loans are written off' },
  recoveredRate: { value: 0.3, says: 'of the loans written off are recovered, in part or whole' },
  rescheduledRate: { value: 0.005, says: 'of the loans with several instalments are rescheduled' },
  disbursalUndoneRate: { value: 0.003, says: 'of the disbursals are undone' },
  settlementUndoneRate: { value: 0.003, says: 'of the settlements are undone, and settled again' },
  repaymentReversedRate: { value: 0.005, says: 'of the repayments on the due date are reversed, and paid again' },
  reassignedYearlyRate: { value: 0.05, says: 'of the customers get another officer or branch in a year' },
  profileChangedYearlyRate: { value: 0.06, says: 'of the customers change their profile in a year' },
  complaintYearlyRate: { value: 0.02, says: 'of the customers complain in a year' },
  contactRate: { value: 0.08, says: 'of the loans are followed by a contact' },
  surveyRate: { value: 0.03, says: 'of the loans are followed by an answered survey' },
  pointsAdjustedRate: { value: 0.002, says: 'of the loans are followed by points given or taken by hand' },
  churnReasonRate: { value: 0.15, says: 'of the customers who leave say why' },
  lateByMinutesRate: { value: 0.05, says: 'of the facts are published up to an hour late' },
  lateByHoursRate: { value: 0.01, says: 'of the facts are published 1 to 24 hours late' },
  lateByDaysRate: { value: 0.005, says: 'of the facts are published 1 to 7 days late' },
  lateByWeeksRate: { value: 0.002, says: 'of the facts are published 1 to 8 weeks late' },
  heldBackRate: { value: 0.01, says: 'of the registrations and disbursals are published after what follows them' },
  repeatedRate: { value: 0.01, says: 'of the facts are published twice, the second time up to 30 days later' },
  withoutSubjectRate: { value: 0.05, says: 'of the facts about a loan alone leave out the subject' },
} as const;

export type ParameterName = keyof typeof PARAMETER_DEFAULTS;

type Numbers = Record<ParameterName, number>;

/** What a caller chooses. Everything but the first three has a default, stated in PARAMETER_DEFAULTS. */
export interface LenderParameters extends Partial<Numbers> {
  /** 1 to 9,999,999. Customer k has the same history however many there are. */
  customers: number;
  /** How long the lender is watched, above 0 and at most 50; a year is 365.25 days. */
  years: number;
  /** A safe integer, 0 or more. */
  seed: number;
  /** The first day, `YYYY-MM-DD`; 2021-01-01 unless told. */
  startsOn?: string;
  /** The CloudEvents source; `/simulated-lender` unless told. */
  source?: string;
  /** Report `business-day.closed` at the end of every day; off unless told. */
  closesBusinessDays?: boolean;
}

/** Every parameter with its value. `endsOn` is the last day on which anything happens; publication may go on after it. */
export interface ResolvedParameters extends Readonly<Numbers> {
  readonly customers: number;
  readonly years: number;
  readonly seed: number;
  readonly startsOn: string;
  readonly endsOn: string;
  readonly source: string;
  readonly closesBusinessDays: boolean;
}

/** The parameters as the stories read them: the first and the last day also as numbers. */
export interface Lender extends ResolvedParameters {
  readonly firstDay: DayNumber;
  readonly lastDay: DayNumber;
}

/** The rates whose effect is disorder: with all of them 0 the feed comes in business order, each fact once. */
export const WITHOUT_DISORDER = {
  lateByMinutesRate: 0,
  lateByHoursRate: 0,
  lateByDaysRate: 0,
  lateByWeeksRate: 0,
  heldBackRate: 0,
  repeatedRate: 0,
} as const satisfies Partial<Numbers>;

const CUSTOMERS_MAX = 9_999_999;
const YEARS_MAX = 50;
/** Ids write a branch in four digits and an officer in two. */
const COUNT_MAX: Partial<Record<ParameterName, number>> = { branches: 9_999, officersPerBranch: 99 };

/** Everything with its value. Throws RangeError that names all faults at once. */
export function resolveParameters(chosen: LenderParameters): ResolvedParameters {
  const names = Object.keys(PARAMETER_DEFAULTS) as ParameterName[];
  const numbers = Object.fromEntries(names.map((name) => [name, chosen[name] ?? PARAMETER_DEFAULTS[name].value]));
  const startsOn = chosen.startsOn ?? '2021-01-01';
  const source = chosen.source ?? '/simulated-lender';
  const faults = [
    ...wholeNumberFault('customers', chosen.customers, 1, CUSTOMERS_MAX),
    ...wholeNumberFault('seed', chosen.seed, 0, Number.MAX_SAFE_INTEGER),
    ...(chosen.years > 0 && chosen.years <= YEARS_MAX
      ? []
      : [`years must be above 0 and at most ${String(YEARS_MAX)}`]),
    ...(isDay(startsOn) ? [] : ['startsOn must be a day, YYYY-MM-DD, from 1900 to 2199']),
    ...(/^[\x21-\x7e]{1,256}$/.test(source) ? [] : ['source must be 1 to 256 visible ASCII characters']),
    ...names.flatMap((name) => numberFault(name, numbers[name])),
  ];
  if (faults.length > 0) throw new RangeError(`The simulation cannot run: ${faults.join('; ')}.`);
  const days = Math.max(1, Math.round(chosen.years * 365.25));
  return Object.freeze({
    ...(numbers as Numbers),
    customers: chosen.customers,
    years: chosen.years,
    seed: chosen.seed,
    startsOn,
    endsOn: dayText(dayNumberOf(startsOn) + days - 1),
    source,
    closesBusinessDays: chosen.closesBusinessDays ?? false,
  });
}

/** The same, opened for business. Throws as `resolveParameters` does. */
export function openLender(chosen: LenderParameters): Lender {
  const resolved = resolveParameters(chosen);
  return { ...resolved, firstDay: dayNumberOf(resolved.startsOn), lastDay: dayNumberOf(resolved.endsOn) };
}

/** The parameters as lines for people, one for each. */
export function describeParameters(resolved: ResolvedParameters): string[] {
  const names = Object.keys(PARAMETER_DEFAULTS) as ParameterName[];
  return [
    `customers: ${String(resolved.customers)}`,
    `years: ${String(resolved.years)} (${resolved.startsOn} to ${resolved.endsOn})`,
    `seed: ${String(resolved.seed)}`,
    `source: ${resolved.source}`,
    `closesBusinessDays: ${String(resolved.closesBusinessDays)}`,
    ...names.map((name) => `${name}: ${String(resolved[name])} ${PARAMETER_DEFAULTS[name].says}`),
  ];
}

function numberFault(name: ParameterName, value: number | undefined): string[] {
  const most = COUNT_MAX[name];
  if (most !== undefined) return wholeNumberFault(name, value, 1, most);
  return value !== undefined && value >= 0 && value <= 1 ? [] : [`${name} must be a rate from 0 to 1`];
}

function wholeNumberFault(name: string, value: number | undefined, least: number, most: number): string[] {
  const holds = Number.isSafeInteger(value) && value !== undefined && value >= least && value <= most;
  return holds ? [] : [`${name} must be a whole number from ${String(least)} to ${String(most)}`];
}

function isDay(text: string): boolean {
  if (!/^(19|20|21)/.test(text)) return false;
  try {
    dayNumberOf(text);
    return true;
  } catch {
    return false;
  }
}
