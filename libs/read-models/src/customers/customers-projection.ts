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
    version: 2,
    keyOf: customerIdOf,
    step: customerStep,
    load,
    async save(changes, transaction) {
      await upsert(changes, transaction);
      await saveTierDistribution(changes, transaction);
    },
  });
}

/** Columns of read.customer with the type each has in an array parameter, and what reads the column out of that. */
const COLUMNS: readonly (readonly [name: keyof CustomerRecord, array: 'text' | 'int', cast?: string])[] = [
  ['customer_id', 'text'],
  ['registered_on', 'text', 'date'],
  ['kind', 'text'],
  ['branch_id', 'text'],
  ['officer_id', 'text'],
  ['region', 'text'],
  ['industry', 'text'],
  ['channel', 'text'],
  ['referrer_id', 'text'],
  ['points', 'int'],
  ['tier', 'text'],
  ['benefits', 'text', 'text[]'],
  ['loans', 'text', 'jsonb'],
  ['loans_disbursed', 'int'],
  ['loans_active', 'int'],
  ['state', 'text'],
  ['churned_on', 'text', 'date'],
  ['churn_kind', 'text'],
  ['churn_reason', 'text'],
  ['churn_reason_unknown', 'text', 'boolean'],
  ['won_back_on', 'text', 'date'],
  ['churns', 'text', 'jsonb'],
  ['phase', 'text'],
  ['warning_level', 'text'],
  ['warning_score', 'int'],
  ['warning_signals', 'text', 'jsonb'],
  ['gifts_owed', 'int'],
  ['parked_facts', 'int'],
  ['set_aside_facts', 'int'],
];

const NAMES = COLUMNS.map(([name]) => name).join(', ');
const LOAD = `SELECT ${NAMES} FROM read.customer WHERE customer_id = ANY($1::text[])`;

async function load(keys: readonly string[], transaction: Transaction): Promise<Map<string, CustomerRecord>> {
  const { rows } = await transaction.query<CustomerRecord>({
    name: 'read-customers',
    text: LOAD,
    values: [textArray([...keys])],
  });
  return new Map(rows.map((row) => [row.customer_id, row]));
}

const UPSERT = `
  INSERT INTO read.customer AS c (${NAMES})
  SELECT ${COLUMNS.map(([name, , cast]) => (cast === undefined ? name : `${name}::${cast}`)).join(', ')}
  FROM unnest(${COLUMNS.map(([, array], index) => `$${index + 1}::${array}[]`).join(', ')}) AS r(${NAMES})
  ON CONFLICT (customer_id) DO UPDATE SET ${COLUMNS.slice(1)
    .map(([name]) => `${name} = excluded.${name}`)
    .join(', ')}`;

async function upsert(changes: readonly RowChange<CustomerRecord>[], transaction: Transaction): Promise<void> {
  const rows = changes.map(({ after }) => after).sort((one, other) => (one.customer_id < other.customer_id ? -1 : 1));
  const values = COLUMNS.map(([name, array]) =>
    array === 'int'
      ? int4Array(rows.map((row) => row[name] as number))
      : textArray(rows.map((row) => writtenAs(name, row[name]))),
  );
  await transaction.query({ name: 'read-customers-upsert', text: UPSERT, values });
}

function writtenAs(name: keyof CustomerRecord, value: CustomerRecord[keyof CustomerRecord]): string | null {
  if (value === null || typeof value === 'string') return value;
  return name === 'benefits' ? `{${(value as string[]).join(',')}}` : JSON.stringify(value);
}
