import { LedgerEntryRow } from './ledger-entry-row.js';
import type { RowSource } from '../row-source.js';

/** Lines of one customer after a version, in order, at most `limit`. */
export function ledgerOf(
  database: RowSource,
  customerId: string,
  afterVersion: number,
  limit: number,
): Promise<LedgerEntryRow[]> {
  return database
    .getRepository(LedgerEntryRow)
    .createQueryBuilder('l')
    .where('l.customer_id = :customerId AND l.version > :afterVersion', { customerId, afterVersion })
    .orderBy('l.version')
    .limit(limit)
    .getMany();
}

/** Entries that stand, by rule: awards less what was taken back. */
export async function standingEntries(database: RowSource): Promise<Record<string, number>> {
  const rows = await database
    .getRepository(LedgerEntryRow)
    .createQueryBuilder('l')
    .select('l.rule', 'rule')
    .addSelect('sum(CASE WHEN l.taken_back_because IS NULL THEN 1 ELSE -1 END)', 'entries')
    .groupBy('l.rule')
    .orderBy('l.rule')
    .getRawMany<{ rule: string; entries: string }>();
  return Object.fromEntries(rows.map(({ rule, entries }) => [rule, Number(entries)]));
}
