import { int2Array, int8Array, textArray } from '@retention/platform';
import type { RowChange, Transaction } from '@retention/projections';
import type { CustomerRecord } from '../customers/customer-row.js';
import { tierCountChanges } from './tier-distribution.js';

export async function saveTierDistribution(
  changes: readonly RowChange<CustomerRecord>[],
  transaction: Transaction,
): Promise<void> {
  const sums = tierCountChanges(changes);
  if (sums.length === 0) return;
  await transaction.query({
    name: 'read-tier-distribution',
    text: `INSERT INTO read.tier_distribution AS d (branch_id, tier, shard, customers, points)
      SELECT * FROM unnest($1::text[], $2::text[], $3::smallint[], $4::bigint[], $5::bigint[])
      ON CONFLICT (branch_id, tier, shard) DO UPDATE
      SET customers = d.customers + excluded.customers, points = d.points + excluded.points`,
    values: [
      textArray(sums.map(({ branchId }) => branchId)),
      textArray(sums.map(({ tier }) => tier)),
      int2Array(sums.map(({ shard }) => shard)),
      int8Array(sums.map(({ customers }) => customers)),
      int8Array(sums.map(({ points }) => points)),
    ],
  });
}
