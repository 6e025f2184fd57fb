import type { DataSource } from 'typeorm';
import { customerTotals, standingCounts } from './customers/customers-query.js';
import type { CustomerTotals, StandingCounts } from './customers/customers-query.js';
import { standingEntries } from './ledger/ledger-query.js';
import { tierDistribution } from './tier-distribution/tier-distribution-query.js';
import type { TierCount } from './tier-distribution/tier-distribution-query.js';

/** The read models in figures. */
export interface Overview {
  readonly totals: CustomerTotals;
  readonly tiers: readonly TierCount[];
  readonly standing: StandingCounts;
  /** Entries that stand, by rule. */
  readonly entries: Readonly<Record<string, number>>;
}

/**
 * All figures as of one moment. Asked one by one while events are applied, they contradict each other: entries of
 * customers whose points are not counted yet.
 */
export function overview(database: DataSource): Promise<Overview> {
  return database.transaction('REPEATABLE READ', async (snapshot) => ({
    totals: await customerTotals(snapshot),
    tiers: await tierDistribution(snapshot, null),
    standing: await standingCounts(snapshot),
    entries: await standingEntries(snapshot),
  }));
}
