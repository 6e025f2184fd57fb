import type { Calendar } from '../calendar.js';
import type { LoanRun } from '../churn/loan-runs.js';
import { CAUSES_NAMED_MAX } from '../decisions.js';
import type { RaisedSignal, RecordDecision } from '../decisions.js';
import { levelOf, WARNING_SIGNALS } from '../policy/policy.js';
import type { Policy, WarningLevel } from '../policy/policy.js';
import type { CustomerState } from '../state.js';
import type { DueMovement } from './movements.js';
import { SIGNALS } from './signals.js';

export interface Warning {
  readonly level: WarningLevel;
  readonly score: number;
  /** In the order of WARNING_SIGNALS; none while the level is green. */
  readonly signals: readonly RaisedSignal[];
}

export const NO_WARNING: Warning = { level: 'green', score: 0, signals: [] };

/** The signals that hold, whatever level they come to. For a retained customer; runs are never none. */
export function raisedSignals(
  state: CustomerState,
  runs: readonly LoanRun[],
  movements: readonly DueMovement[],
  policy: Policy,
  calendar: Calendar,
): RaisedSignal[] {
  return WARNING_SIGNALS.flatMap((signal) => {
    const weight = policy.warnings.weights[signal];
    const found = weight === 0 ? null : SIGNALS[signal]({ state, runs, movements, policy, calendar });
    return found === null ? [] : [{ signal, weight, ...found }];
  });
}

/** Signals that do not add up to a level are no warning: nobody has to act on a single weak one. */
export function warningOf(signals: readonly RaisedSignal[], policy: Policy): Warning {
  const score = signals.reduce((sum, { weight }) => sum + weight, 0);
  const level = levelOf(score, policy);
  return level === 'green' ? NO_WARNING : { level, score, signals };
}

/** Records the warning when its signals, or the facts behind them, are others than held. */
export function decideWarning(
  state: CustomerState,
  due: Warning,
  policy: Policy,
  occasion: readonly string[],
  record: RecordDecision,
): void {
  const { warning } = state.held;
  if (JSON.stringify(warning.signals) === JSON.stringify(due.signals) && warning.level === due.level) return;
  const facts = [...new Set(due.signals.flatMap((signal) => signal.facts))];
  record({
    type: 'warning-changed',
    from: warning.level,
    level: due.level,
    score: due.score,
    signals: due.signals,
    policyVersion: policy.version,
    causes: facts.length === 0 ? occasion : facts.slice(0, CAUSES_NAMED_MAX),
  });
}
