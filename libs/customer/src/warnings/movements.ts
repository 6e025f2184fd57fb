import type { Movement, RecordDecision } from '../decisions.js';
import { policyOn } from '../policy/policy.js';
import type { PolicyBook, WarningPolicy } from '../policy/policy.js';
import { holderOf } from '../state.js';
import type { Balance, CustomerState } from '../state.js';

export interface DueMovement extends Movement {
  readonly policyVersion: string;
  readonly causes: readonly string[];
  /** No later observation in its currency is known. */
  readonly isLast: boolean;
}

/**
 * Periods in which the average deposit fell by as much as the policy of their last day calls a large movement, compared
 * with the period before in the same currency.
 */
export function dueMovements(state: CustomerState, book: PolicyBook): DueMovement[] {
  const movements: DueMovement[] = [];
  for (const observed of depositsByCurrency(state)) {
    observed.forEach((after, index) => {
      const before = observed[index - 1];
      if (before === undefined) return;
      const { warnings, version } = policyOn(book, after.to);
      const { from, to, currency } = after;
      if (!isLarge(before.deposit, after.deposit, currency, warnings)) return;
      movements.push({
        observation: `${from}/${to}/${currency}`,
        from,
        to,
        currency,
        beforeMinor: before.deposit,
        afterMinor: after.deposit,
        policyVersion: version,
        causes: [after.stamp[1], before.stamp[1]],
        isLast: index === observed.length - 1,
      });
    });
  }
  return movements;
}

/** Tells of a large movement the moment it is known, and takes it back when a correction says there was none. */
export function decideMovements(
  state: CustomerState,
  due: readonly DueMovement[],
  book: PolicyBook,
  occasion: readonly string[],
  record: RecordDecision,
): void {
  const { movements } = state.held;
  const wanted = new Map(due.map((movement) => [movement.observation, movement]));
  for (const [observation, held] of [...movements]) {
    const movement = wanted.get(observation);
    if (movement?.beforeMinor === held.beforeMinor && movement.afterMinor === held.afterMinor) continue;
    const policyVersion = policyOn(book, lastDayOf(observation)).version;
    record({ type: 'large-movement-withdrawn', observation, policyVersion, causes: occasion });
  }
  for (const { isLast: _, ...movement } of due) {
    if (movements.has(movement.observation)) continue;
    record({ type: 'large-movement-observed', ...movement, heldBy: holderOf(state, movement.to) });
  }
}

/** Of the period in `<from>/<to>/<currency>`. */
function lastDayOf(observation: string): string {
  return observation.split('/')[1] ?? '';
}

type Observed = Balance & { readonly deposit: number };

/** Observations that name a deposit, by currency, each in the order of its periods. */
function depositsByCurrency(state: CustomerState): Observed[][] {
  const byCurrency = new Map<string, Observed[]>();
  for (const balance of state.balances.values()) {
    if (balance.averageDepositMinor === null) continue;
    const observed = { ...balance, deposit: balance.averageDepositMinor };
    const others = byCurrency.get(balance.currency);
    if (others === undefined) byCurrency.set(balance.currency, [observed]);
    else others.push(observed);
  }
  for (const observed of byCurrency.values()) observed.sort(byPeriod);
  return [...byCurrency.keys()].sort().map((currency) => byCurrency.get(currency) ?? []);
}

function byPeriod(one: Balance, other: Balance): number {
  if (one.to !== other.to) return one.to < other.to ? -1 : 1;
  return one.from < other.from ? -1 : 1;
}

function isLarge(
  before: number,
  after: number,
  currency: string,
  { balanceFallPercent, balanceFallAmount }: WarningPolicy,
): boolean {
  const fall = before - after;
  if (fall <= 0) return false;
  // In BigInt: minor units times a hundred can leave the range of safe integers.
  if (before > 0 && BigInt(fall) * 100n >= BigInt(before) * BigInt(balanceFallPercent)) return true;
  return balanceFallAmount?.currency === currency && fall >= balanceFallAmount.amountMinor;
}
