import { TIERS } from '@retention/customer';
import type { Tier } from '@retention/customer';
import { TierDistributionRow } from './tier-distribution-row.js';
import type { RowSource } from '../row-source.js';

/** Customers and their points in one tier. */
export interface TierCount {
  readonly tier: Tier;
  readonly customers: number;
  readonly points: number;
}

/** All tiers, lowest first, of one branch or of all. */
export async function tierDistribution(database: RowSource, branchId: string | null): Promise<TierCount[]> {
  const query = database
    .getRepository(TierDistributionRow)
    .createQueryBuilder('d')
    .select('d.tier', 'tier')
    .addSelect('sum(d.customers)', 'customers')
    .addSelect('sum(d.points)', 'points')
    .groupBy('d.tier');
  if (branchId !== null) query.where('d.branch_id = :branchId', { branchId });
  const rows = await query.getRawMany<{ tier: Tier; customers: string; points: string }>();
  const byTier = new Map(rows.map((row) => [row.tier, row]));
  return TIERS.map((tier) => {
    const row = byTier.get(tier);
    return { tier, customers: Number(row?.customers ?? 0), points: Number(row?.points ?? 0) };
  });
}
