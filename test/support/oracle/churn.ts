import { addDays, addMonths, dayAfterHalfYear } from './days.js';
import { latestOf, numberOf, ofType, textOf, textOrNull } from './feed.js';
import type { OracleFact } from './feed.js';
import { compare } from './loans.js';
import type { OracleLoan, Waiting } from './loans.js';

const GRACE_DAYS = 90;
const INACTIVE_MONTHS = 6;
const NORMAL_DAYS_PAST_DUE = 30;
const NORMAL_REASONS = ['overdue', 'business_failure', 'deceased', 'relocated'];
const REASON_DUE_DAYS = 30;

/** Loans between which the customer was never churned. */
export interface Spell {
  readonly loans: readonly OracleLoan[];
  readonly churnedOn: string | null;
}

/** Why and from whom the customer went, the last time. */
export interface ChurnStory {
  readonly churnedOn: string;
  readonly kind: 'normal' | 'abnormal';
  readonly reason: string | null;
  readonly reasonUnknown: boolean;
  readonly officerId: string | null;
  readonly branchId: string | null;
}

/** The spells by the 90 days of grace, an approval that waits holding the churn off. */
export function spellsByGrace(loans: readonly OracleLoan[], waiting: readonly Waiting[], day: string): Spell[] {
  const candidate = (lastEnd: string): string | null => {
    let churn = addDays(lastEnd, GRACE_DAYS + 1);
    for (;;) {
      const held = waiting.find(({ from, until }) => from <= churn && (until === null || churn < until));
      if (held === undefined) return churn;
      if (held.until === null) return null;
      churn = held.until;
    }
  };
  return spellsOf(loans, candidate, day);
}

/** The spells by the half-year of the last settlement and one month more. */
export function spellsByReborrow(loans: readonly OracleLoan[], day: string): Spell[] {
  return spellsOf(loans, (lastEnd) => addMonths(dayAfterHalfYear(lastEnd), 1), day);
}

function spellsOf(loans: readonly OracleLoan[], candidate: (lastEnd: string) => string | null, day: string): Spell[] {
  const churnAfter = (spell: readonly OracleLoan[]): string | null => {
    const lastEnd = lastEndOf(spell);
    return lastEnd === null ? null : candidate(lastEnd);
  };
  const spells: OracleLoan[][] = [];
  for (const loan of loans) {
    const current = spells.at(-1);
    const churn = current === undefined ? null : churnAfter(current);
    if (current === undefined || (churn !== null && churn < loan.start)) spells.push([loan]);
    else current.push(loan);
  }
  return spells.map((spell) => {
    const churn = churnAfter(spell);
    return { loans: spell, churnedOn: churn !== null && churn <= day ? churn : null };
  });
}

/** Null while a loan of the spell runs. */
function lastEndOf(loans: readonly OracleLoan[]): string | null {
  let last = '';
  for (const { end } of loans) {
    if (end === null) return null;
    if (end > last) last = end;
  }
  return last;
}

/** The day on which six months without anything were over, if that is so on the day. */
export function churnByInactivity(loans: readonly OracleLoan[], day: string): string | null {
  const last = loans
    .flatMap(({ start, settledOn, repaidOn }) => [start, ...repaidOn, ...(settledOn === null ? [] : [settledOn])])
    .sort(compare)
    .at(-1);
  if (last === undefined) return null;
  const churn = addDays(addMonths(last, INACTIVE_MONTHS), 1);
  return churn <= day ? churn : null;
}

/** The story of the latest churn, told with all that is known on the day; null when there never was one. */
export function latestChurn(spells: readonly Spell[], facts: readonly OracleFact[], day: string): ChurnStory | null {
  const spell = spells.findLast(({ churnedOn }) => churnedOn !== null);
  const lastEnd = spell === undefined ? null : lastEndOf(spell.loans);
  if (spell === undefined || spell.churnedOn === null || lastEnd === null) return null;
  // There is no later churned spell, so nothing bounds the reports from above.
  const report = latestOf(ofType(facts, 'churn-reason.reported').filter((fact) => fact.day >= lastEnd));
  const reason = report === undefined ? null : textOf(report, 'reason');
  const lastStart = spell.loans.at(-1)?.start ?? '';
  const lastLoans = spell.loans.filter(({ end }) => end !== null && end >= lastStart);
  const inTrouble = lastLoans.some(
    ({ writtenOff, overdueReports }) =>
      writtenOff || overdueReports.some((fact) => numberOf(fact, 'daysPastDue') > NORMAL_DAYS_PAST_DUE),
  );
  const kind = inTrouble || (reason !== null && NORMAL_REASONS.includes(reason)) ? 'normal' : 'abnormal';
  return {
    churnedOn: spell.churnedOn,
    kind,
    reason,
    reasonUnknown: kind === 'abnormal' && reason === null && day >= addDays(spell.churnedOn, REASON_DUE_DAYS),
    officerId: holderOn(facts, lastEnd, 'officerId'),
    branchId: holderOn(facts, lastEnd, 'branchId'),
  };
}

/** Who held the customer on a day: the last one named until then, in the order of the days from which it holds. */
function holderOn(facts: readonly OracleFact[], day: string, part: 'officerId' | 'branchId'): string | null {
  const naming = ofType(facts, 'customer.registered', 'customer.profile-changed', 'customer.reassigned')
    .filter((fact) => fact.day <= day && textOrNull(fact, part) !== null)
    .sort((one, other) => compare(one.day, other.day) || one.at - other.at || compare(one.key, other.key));
  const last = naming.at(-1);
  return last === undefined ? null : textOrNull(last, part);
}
