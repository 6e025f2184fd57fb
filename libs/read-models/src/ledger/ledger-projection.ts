import { int4Array, textArray } from '@retention/platform';
import { lineProjection } from '@retention/projections';
import type { FeedEvent, Projection, Transaction } from '@retention/projections';
import { customerIdOf, decisionOf } from '../feed.js';
import type { LedgerEntryRow } from './ledger-entry-row.js';

export function ledgerProjection(): Projection {
  return lineProjection<LedgerEntryRow>({ name: 'ledger', version: 2, linesOf: ledgerLinesOf, save });
}

/** The line a decision about points adds. Pure. */
export function ledgerLinesOf(event: FeedEvent): LedgerEntryRow[] {
  const customerId = customerIdOf(event);
  const what = decisionOf(event);
  if (customerId === null || what === null) return [];
  if (what.type !== 'points-awarded' && what.type !== 'points-expired' && what.type !== 'points-taken-back') return [];
  return [
    {
      customer_id: customerId,
      version: event.version,
      rule: what.rule,
      about: what.about,
      points: what.points,
      balance: what.balance,
      counts_on: what.on,
      taken_back_because: what.type === 'points-taken-back' ? what.reason : null,
      uncapped: what.type === 'points-awarded' ? (what.uncapped ?? null) : null,
      given_by: what.type === 'points-awarded' ? (what.by ?? null) : null,
      given_because: what.type === 'points-awarded' ? (what.reason ?? null) : null,
      lots: what.type === 'points-expired' ? what.lots : null,
      policy_version: what.policyVersion,
      causes: what.causes,
    },
  ];
}

async function save(lines: readonly LedgerEntryRow[], transaction: Transaction): Promise<void> {
  const texts = (of: (line: LedgerEntryRow) => string | null): Buffer => textArray(lines.map(of));
  const numbers = (of: (line: LedgerEntryRow) => number): Buffer => int4Array(lines.map(of));
  await transaction.query({
    name: 'read-ledger',
    text: `INSERT INTO read.ledger_entry
        (customer_id, version, rule, about, points, balance, counts_on, taken_back_because, policy_version, causes,
          uncapped, given_by, given_because, lots)
      SELECT customer_id, version, rule, about, points, balance, counts_on::date, taken_back_because, policy_version,
        causes::jsonb, uncapped::int, given_by, given_because, lots::jsonb
      FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::int[], $6::int[], $7::text[], $8::text[],
        $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[]) AS l(customer_id, version, rule,
          about, points, balance, counts_on, taken_back_because, policy_version, causes, uncapped, given_by,
          given_because, lots)`,
    values: [
      texts((line) => line.customer_id),
      numbers((line) => line.version),
      texts((line) => line.rule),
      texts((line) => line.about),
      numbers((line) => line.points),
      numbers((line) => line.balance),
      texts((line) => line.counts_on),
      texts((line) => line.taken_back_because),
      texts((line) => line.policy_version),
      texts((line) => JSON.stringify(line.causes)),
      texts((line) => (line.uncapped === null ? null : String(line.uncapped))),
      texts((line) => line.given_by),
      texts((line) => line.given_because),
      texts((line) => (line.lots === null ? null : JSON.stringify(line.lots))),
    ],
  });
}
