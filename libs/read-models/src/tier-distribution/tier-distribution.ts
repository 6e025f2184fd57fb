import type { Tier } from '@retention/customer';
import type { RowChange } from '@retention/projections';
import type { CustomerRecord } from '../customers/customer-row.js';

/** What the counts of one branch, tier and shard change by. */
export interface TierCountChange {
  readonly branchId: string;
  readonly tier: Tier;
  readonly shard: number;
  readonly customers: number;
  readonly points: number;
}

/** The sum of what changed rows take out of the distribution and put into it. Pure. */
export function tierCountChanges(changes: readonly RowChange<CustomerRecord>[]): TierCountChange[] {
  const sums = new Map<string, TierCountChange>();
  const count = (row: CustomerRecord | undefined, shard: number, sign: 1 | -1): void => {
    if (row?.registered_on == null) return;
    const branchId = row.branch_id ?? '';
    const key = JSON.stringify([branchId, row.tier, shard]);
    const sum = sums.get(key) ?? { branchId, tier: row.tier, shard, customers: 0, points: 0 };
    sums.set(key, { ...sum, customers: sum.customers + sign, points: sum.points + sign * row.points });
  };
  for (const { before, after, shard } of changes) {
    count(before, shard, -1);
    count(after, shard, 1);
  }
  return [...sums]
    .filter(([, sum]) => sum.customers !== 0 || sum.points !== 0)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, sum]) => sum);
}
