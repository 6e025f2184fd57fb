import { int4Array, textArray } from '@retention/platform';
import { rowProjection } from '@retention/projections';
import type { Projection, RowChange, Transaction } from '@retention/projections';
import { customerIdOf } from '../feed.js';
import { saveTierDistribution } from '../tier-distribution/save-tier-distribution.js';
import type { CustomerRecord } from './customer-row.js';
import { customerStep } from './customer-step.js';

/** Keeps read.customer, and with it read.tier_distribution, which counts what its rows say. */
export function customersProjection(): Projection {
  return rowProjection<CustomerRecord>({
    name: 'customers',
    version: 1,
    keyOf: customerIdOf,
    step: customerStep,
    load,
    async save(changes, transaction) {
      await upsert(changes, transaction);
      await saveTierDistribution(changes, transaction);
    },
  });
}

const LOAD = `
  SELECT customer_id, registered_on, kind, branch_id, officer_id, region, industry, channel, referrer_id, points, tier,
    benefits, loans, loans_disbursed, loans_active, parked_facts, set_aside_facts
  FROM read.customer WHERE customer_id = ANY($1::text[])`;

async function load(keys: readonly string[], transaction: Transaction): Promise<Map<string, CustomerRecord>> {
  const { rows } = await transaction.query<CustomerRecord>({
    name: 'read-customers',
    text: LOAD,
    values: [textArray([...keys])],
  });
  return new Map(rows.map((row) => [row.customer_id, row]));
}

const UPSERT = `
  INSERT INTO read.customer AS c (customer_id, registered_on, kind, branch_id, officer_id, region, industry, channel,
    referrer_id, points, tier, benefits, loans, loans_disbursed, loans_active, parked_facts, set_aside_facts)
  SELECT customer_id, registered_on::date, kind, branch_id, officer_id, region, industry, channel, referrer_id, points,
    tier, benefits::text[], loans::jsonb, loans_disbursed, loans_active, parked_facts, set_aside_facts
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::int[], $11::text[], $12::text[], $13::text[], $14::int[], $15::int[], $16::int[], $17::int[])
    AS r(customer_id, registered_on, kind, branch_id, officer_id, region, industry, channel, referrer_id, points, tier,
      benefits, loans, loans_disbursed, loans_active, parked_facts, set_aside_facts)
  ON CONFLICT (customer_id) DO UPDATE SET registered_on = excluded.registered_on, kind = excluded.kind,
    branch_id = excluded.branch_id, officer_id = excluded.officer_id, region = excluded.region,
    industry = excluded.industry, channel = excluded.channel, referrer_id = excluded.referrer_id,
    points = excluded.points, tier = excluded.tier, benefits = excluded.benefits, loans = excluded.loans,
    loans_disbursed = excluded.loans_disbursed, loans_active = excluded.loans_active,
    parked_facts = excluded.parked_facts, set_aside_facts = excluded.set_aside_facts`;

async function upsert(changes: readonly RowChange<CustomerRecord>[], transaction: Transaction): Promise<void> {
  const rows = changes.map(({ after }) => after).sort((one, other) => (one.customer_id < other.customer_id ? -1 : 1));
  const texts = (of: (row: CustomerRecord) => string | null): Buffer => textArray(rows.map(of));
  const numbers = (of: (row: CustomerRecord) => number): Buffer => int4Array(rows.map(of));
  await transaction.query({
    name: 'read-customers-upsert',
    text: UPSERT,
    values: [
      texts((row) => row.customer_id),
      texts((row) => row.registered_on),
      texts((row) => row.kind),
      texts((row) => row.branch_id),
      texts((row) => row.officer_id),
      texts((row) => row.region),
      texts((row) => row.industry),
      texts((row) => row.channel),
      texts((row) => row.referrer_id),
      numbers((row) => row.points),
      texts((row) => row.tier),
      texts((row) => `{${row.benefits.join(',')}}`),
      texts((row) => JSON.stringify(row.loans)),
      numbers((row) => row.loans_disbursed),
      numbers((row) => row.loans_active),
      numbers((row) => row.parked_facts),
      numbers((row) => row.set_aside_facts),
    ],
  });
}
