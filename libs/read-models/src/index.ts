import { CustomerRow } from './customers/customer-row.js';
import { LedgerEntryRow } from './ledger/ledger-entry-row.js';
import { TierDistributionRow } from './tier-distribution/tier-distribution-row.js';

export { CustomerRow, LedgerEntryRow, TierDistributionRow };
export type { ChurnInRow } from './customers/customer-row.js';
export * from './customers/customers-query.js';
export { customerStep } from './customers/customer-step.js';
export * from './customers/standstill-query.js';
export * from './ledger/ledger-query.js';
export { ledgerLinesOf } from './ledger/ledger-projection.js';
export { ReadModels1763900300000 } from './migrations/1763900300000-read-models.js';
export { ChurnAndWarnings1764000100000 } from './migrations/1764000100000-churn-and-warnings.js';
export { overview } from './overview.js';
export type { Overview } from './overview.js';
export { readModels } from './read-models.js';
export { tierDistribution } from './tier-distribution/tier-distribution-query.js';
export type { TierCount } from './tier-distribution/tier-distribution-query.js';

export const READ_MODEL_ENTITIES = [CustomerRow, LedgerEntryRow, TierDistributionRow];
