import type { Calendar } from '../calendar.js';
import { addDays } from '../days.js';
import type { ChurnJudgement, ChurnKindBecause, RecordDecision } from '../decisions.js';
import { policyOn } from '../policy/policy.js';
import type { PolicyBook } from '../policy/policy.js';
import { holderOf, supersedes } from '../state.js';
import type { CustomerState, HeldChurn } from '../state.js';
import { churnSpans } from './churn-dates.js';
import type { ChurnSpan } from './churn-dates.js';
import { lastRuns } from './loan-runs.js';
import type { LoanRun } from './loan-runs.js';

/** A churn as it should be held, with the facts it rests on. */
export interface DueChurn extends ChurnSpan {
  readonly judgement: ChurnJudgement;
  readonly causes: readonly string[];
}

/** Every churn by the default definition, in order, judged. */
export function dueChurns(
  state: CustomerState,
  runs: readonly LoanRun[],
  book: PolicyBook,
  calendar: Calendar,
): DueChurn[] {
  const spans = churnSpans(state, runs, null, book, calendar);
  return spans.map((span, index) => judged(state, runs, span, spans[index + 1] ?? null, book, calendar));
}

/** Records what of the churns is not as held. `occasion` are the facts that made the customer be decided at all. */
export function decideChurn(
  state: CustomerState,
  due: readonly DueChurn[],
  book: PolicyBook,
  occasion: readonly string[],
  record: RecordDecision,
): void {
  const { churns } = state.held;
  const byDay = new Map(due.map((churn) => [churn.churnedOn, churn]));
  for (const [churnedOn, held] of [...churns]) {
    const churn = byDay.get(churnedOn);
    if (churn !== undefined && isSame(held, churn)) continue;
    const policyVersion = policyOn(book, held.endedOn).version;
    record({ type: 'churn-cleared', churnedOn, policyVersion, causes: occasion });
  }
  for (const churn of due) differ(churn, churns.get(churn.churnedOn), book, occasion, record);
}

function isSame(held: HeldChurn, due: ChurnSpan): boolean {
  return held.definition === due.definition && held.endedOn === due.endedOn && held.lastLoanId === due.lastLoanId;
}

function differ(
  due: DueChurn,
  held: HeldChurn | undefined,
  book: PolicyBook,
  occasion: readonly string[],
  record: RecordDecision,
): void {
  const { churnedOn, definition, endedOn, lastLoanId, judgement, causes, wonBack } = due;
  const policyVersion = policyOn(book, endedOn).version;
  if (held === undefined) {
    const what = { churnedOn, definition, endedOn, lastLoanId };
    record({ type: 'customer-churned', ...what, ...judgement, policyVersion, causes });
  } else if (!isJudgedSo(held.judgement, judgement)) {
    record({ type: 'churn-reclassified', churnedOn, ...judgement, policyVersion, causes });
  }
  const was = held?.wonBack ?? null;
  if (wonBack === null) {
    if (was !== null) record({ type: 'win-back-undone', churnedOn, policyVersion, causes: occasion });
  } else if (was?.on !== wonBack.on || was.loanId !== wonBack.loanId) {
    const { on: wonBackOn, loanId, factId } = wonBack;
    record({ type: 'customer-won-back', churnedOn, wonBackOn, loanId, policyVersion, causes: [factId] });
  }
}

function isJudgedSo(held: ChurnJudgement, due: ChurnJudgement): boolean {
  return (
    held.kind === due.kind &&
    held.because === due.because &&
    held.reason === due.reason &&
    held.reasonUnknown === due.reasonUnknown &&
    held.heldBy.branchId === due.heldBy.branchId &&
    held.heldBy.officerId === due.heldBy.officerId
  );
}

function judged(
  state: CustomerState,
  runs: readonly LoanRun[],
  span: ChurnSpan,
  next: ChurnSpan | null,
  book: PolicyBook,
  calendar: Calendar,
): DueChurn {
  const { churn } = policyOn(book, span.endedOn);
  const report = reportedReason(state, span, next);
  const reason = report?.reason ?? null;
  const explained =
    explainedByLoans(lastRuns(runs, span.endedOn), churn.normalChurnDpd) ??
    (report !== null && churn.normalReasons.includes(report.reason)
      ? { because: 'reported-reason' as const, factId: report.factId }
      : null);
  const kind = explained === null ? 'abnormal' : 'normal';
  const isPastDue = (): boolean => calendar.reached(addDays(span.churnedOn, churn.reasonDueDays));
  const causes = [span.endedBy, report?.factId, explained?.factId].flatMap((factId) => factId ?? []);
  return {
    ...span,
    judgement: {
      kind,
      because: explained?.because ?? 'nothing-explains-it',
      reason,
      reasonUnknown: kind === 'abnormal' && reason === null && isPastDue(),
      heldBy: holderOf(state, span.endedOn),
    },
    causes: [...new Set(causes)],
  };
}

/** What explains churn among the last loans: a write-off before days past due. */
function explainedByLoans(
  runs: readonly LoanRun[],
  normalChurnDpd: number,
): { because: ChurnKindBecause; factId: string } | null {
  for (const { loan, disbursal } of runs) {
    const writeOff = loan.writtenOff.find(({ currency }) => currency === disbursal.currency);
    if (writeOff !== undefined) return { because: 'written-off', factId: writeOff.stamp[1] };
  }
  for (const { loan } of runs) {
    for (const instalment of loan.overdue.values()) {
      if (instalment.daysPastDueMax > normalChurnDpd) {
        return { because: 'days-past-due', factId: instalment.first.factId };
      }
    }
  }
  return null;
}

/** The latest report after this churn's last loan ended and before that of the next churn. */
function reportedReason(
  state: CustomerState,
  span: ChurnSpan,
  next: ChurnSpan | null,
): { reason: string; factId: string } | null {
  let latest: { reason: string; stamp: readonly [number, string] } | null = null;
  for (const { stamp, reason, on } of state.churnReasons.values()) {
    if (on < span.endedOn || (next !== null && on >= next.endedOn)) continue;
    if (supersedes(stamp, latest?.stamp)) latest = { reason, stamp };
  }
  return latest === null ? null : { reason: latest.reason, factId: latest.stamp[1] };
}
