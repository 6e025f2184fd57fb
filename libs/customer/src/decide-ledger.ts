import type { Calendar, Governing } from './calendar.js';
import type { Decision, PointRule, RecordDecision } from './decisions.js';
import { dueForAdjustment, dueForLoan, dueForReferral, entryId } from './ledger.js';
import type { Due, DueEntry } from './ledger.js';
import { hasLimits, limited } from './points-limits.js';
import type { CustomerState, HeldEntry } from './state.js';

/** What of the ledger is looked at. */
export interface TouchedEntries {
  readonly loans: readonly string[];
  readonly adjustments: readonly string[];
  readonly referrals: readonly string[];
}

interface DueLine {
  readonly rule: PointRule;
  readonly about: string;
  readonly due: Due;
}

/**
 * Records the lines of the ledger that are due, and returns the facts that caused them. Where no version of the policy
 * has limits an entry depends on its own loan, referral or adjustment alone.
 */
export function decideLedger(
  state: CustomerState,
  touched: TouchedEntries,
  { book }: Governing,
  calendar: Calendar,
  occasion: readonly string[],
  record: RecordDecision,
): Set<string> {
  const lines = hasLimits(book) ? wholeLedger(state, book, calendar, occasion) : dueLines(state, touched, book);
  const causes = new Set<string>();
  for (const { rule, about, due } of lines) {
    for (const decision of difference(state, rule, about, due)) {
      record(decision);
      for (const cause of decision.causes) causes.add(cause);
    }
  }
  return causes;
}

function dueLines(state: CustomerState, touched: TouchedEntries, book: Governing['book']): DueLine[] {
  const lines: DueLine[] = [];
  for (const loanId of touched.loans) {
    const loan = state.loans.get(loanId);
    if (loan === undefined) continue;
    const [loanUse, noOverdue] = dueForLoan(loan, book);
    lines.push(
      { rule: 'loan-use', about: loanId, due: loanUse },
      { rule: 'no-overdue', about: loanId, due: noOverdue },
    );
  }
  for (const factId of touched.adjustments) {
    lines.push({ rule: 'manual', about: factId, due: dueForAdjustment(state, factId, book) });
  }
  for (const referredId of touched.referrals) {
    lines.push({ rule: 'referral', about: referredId, due: dueForReferral(state, referredId, book) });
  }
  return lines;
}

function wholeLedger(
  state: CustomerState,
  book: Governing['book'],
  calendar: Calendar,
  occasion: readonly string[],
): DueLine[] {
  const all = dueLines(state, everyEntry(state), book);
  const entries = all.flatMap(({ due }) => (isEntry(due) ? [due] : []));
  const due = new Map(limited(entries, book, calendar).map((entry) => [entryId(entry.rule, entry.about), entry]));
  const lines: DueLine[] = all.map((line) => ({ ...line, due: due.get(entryId(line.rule, line.about)) ?? line.due }));
  const gone = [...state.held.entries.keys()].filter((entry) => entry.startsWith('expiry:') && !due.has(entry));
  const expired = [...due.values()].filter(({ rule }) => rule === 'expiry');
  return [
    ...lines,
    ...gone.map((entry) => {
      const about = entry.slice('expiry:'.length);
      return { rule: 'expiry', about, due: { reason: 'entry-changed', causes: occasion } } as const;
    }),
    ...expired.map((entry) => ({ rule: 'expiry', about: entry.about, due: entry }) as const),
  ];
}

export function everyEntry(state: CustomerState): TouchedEntries {
  return {
    loans: [...state.loans.keys()].sort(),
    adjustments: [...state.adjustments.keys()].sort(),
    referrals: [...state.referrals.keys()].sort(),
  };
}

function isEntry(due: Due): due is DueEntry {
  return 'points' in due;
}

/** The lines that turn what the ledger holds for one entry into what it should hold. */
function difference(state: CustomerState, rule: PointRule, about: string, due: Due): Decision[] {
  const entry = entryId(rule, about);
  const held = state.held.entries.get(entry);
  const wanted = isEntry(due) ? due : null;
  if (held === undefined && wanted === null) return [];
  if (held !== undefined && wanted !== null && isHeld(held, wanted)) return [];
  const lines: Decision[] = [];
  let balance = state.held.balance;
  if (held !== undefined) {
    balance -= held.points;
    lines.push({
      type: 'points-taken-back',
      entry,
      rule,
      about,
      points: 0 - held.points,
      on: held.on,
      reason: 'reason' in due && !isEntry(due) ? due.reason : 'entry-changed',
      balance,
      policyVersion: held.policyVersion,
      causes: due.causes,
    });
  }
  if (wanted !== null) lines.push(lineOf(entry, wanted, balance + wanted.points));
  return lines;
}

function isHeld(held: HeldEntry, due: DueEntry): boolean {
  return (
    held.points === due.points &&
    held.on === due.on &&
    held.uncapped === (due.uncapped ?? null) &&
    JSON.stringify(held.lots) === JSON.stringify(due.lots ?? null)
  );
}

function lineOf(entry: string, due: DueEntry, balance: number): Decision {
  const { rule, about, points, on, policyVersion, causes, lots } = due;
  const line = { entry, rule, about, points, on, balance, policyVersion, causes };
  if (lots !== undefined) return { type: 'points-expired', ...line, lots };
  return {
    type: 'points-awarded',
    ...line,
    ...(due.uncapped !== undefined && { uncapped: due.uncapped }),
    ...(due.givenBy !== undefined && { by: due.givenBy.by, reason: due.givenBy.reason }),
  };
}
