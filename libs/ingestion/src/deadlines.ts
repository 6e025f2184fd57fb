import type { BusinessDay } from '@retention/customer';
import type { Companion } from '@retention/event-store';
import { textArray } from '@retention/platform';
import type pg from 'pg';
import type { Governance } from './governance.js';

/** The day a customer waits for, as a batch leaves it. Null = none. */
export interface Deadline {
  readonly customerId: string;
  readonly dueOn: BusinessDay | null;
  /** Whether the customer was decided as a whole: then a later day than the kept one is the truth. */
  readonly isExact: boolean;
}

/** The day that is kept for a customer, as this process has read or written it, and what governed then. */
export interface KnownDeadline extends Pick<Governance, 'policyRevision' | 'parkedRevision'> {
  /** Null = none is kept. */
  readonly dueOn: BusinessDay | null;
}

/**
 * Whether it is still the kept one while the stream is where it was. Another process may put it off without an event: once
 * it has come, for that process decides who is due; and when policies are published or a customer is parked.
 */
export function isCertain(
  known: KnownDeadline | undefined,
  { closedDay, policyRevision, parkedRevision }: Governance,
): known is KnownDeadline {
  if (known?.policyRevision !== policyRevision || known.parkedRevision !== parkedRevision) return false;
  return known.dueOn === null || known.dueOn > closedDay;
}

/**
 * Keeps for each customer a day not after the next one on which something is to be decided. A fact only ever moves it
 * forward in time's favour, to an earlier day: most facts put it off, and writing that each time would be a row a fact. A
 * day that comes too early decides nothing and is then set right.
 */
export function keepDeadlines(deadlines: readonly Deadline[]): Companion[] {
  return [
    ...upsert(
      deadlines.filter(({ isExact }) => !isExact),
      'excluded.due_on < d.due_on OR (d.due_on IS NULL AND excluded.due_on IS NOT NULL)',
    ),
    ...upsert(
      deadlines.filter(({ isExact }) => isExact),
      'excluded.due_on IS DISTINCT FROM d.due_on',
    ),
  ];
}

function upsert(deadlines: readonly Deadline[], condition: string): Companion[] {
  if (deadlines.length === 0) return [];
  const rows = [...deadlines].sort((one, other) => (one.customerId < other.customerId ? -1 : 1));
  return [
    {
      text: `INSERT INTO ingestion.customer_deadline AS d (customer_id, due_on)
        SELECT customer_id, due_on::date FROM unnest($1::text[], $2::text[]) AS k(customer_id, due_on)
        ON CONFLICT (customer_id) DO UPDATE SET due_on = excluded.due_on WHERE ${condition}`,
      values: [textArray(rows.map(({ customerId }) => customerId)), textArray(rows.map(({ dueOn }) => dueOn))],
      rows: null,
    },
  ];
}

/** Who is parked waits for no day: they would be tried again and again. They are decided when they are taken back. */
export function waitForNoDay(customerIds: readonly string[]): Companion[] {
  if (customerIds.length === 0) return [];
  return [
    {
      text: 'UPDATE ingestion.customer_deadline SET due_on = NULL WHERE customer_id = ANY($1::text[]) AND due_on IS NOT NULL',
      values: [textArray([...customerIds].sort())],
      rows: null,
    },
  ];
}

/** Every customer who can be has to be decided anew, whatever day they wait for: policies have changed. */
export const EVERYBODY_IS_DUE: Companion = {
  text: `UPDATE ingestion.customer_deadline SET due_on = '-infinity'
    WHERE due_on IS DISTINCT FROM '-infinity'
      AND customer_id NOT IN (SELECT customer_id FROM ingestion.parked_customer)`,
  values: [],
  rows: null,
};

type Database = Pick<pg.Pool, 'query'>;

/** The days that are kept for customers. One who is due whatever day it is has the empty day, which has always come. */
export async function keptDeadlines(
  database: Database,
  customerIds: readonly string[],
): Promise<Map<string, BusinessDay | null>> {
  const { rows } = await database.query<{ customer_id: string; due_on: string | null }>({
    name: 'ingestion-kept-deadlines',
    text: 'SELECT customer_id, due_on FROM ingestion.customer_deadline WHERE customer_id = ANY($1::text[])',
    values: [textArray([...customerIds])],
  });
  return new Map(rows.map(({ customer_id, due_on }) => [customer_id, due_on === '-infinity' ? '' : due_on]));
}

const IS_DUE = `due_on <= COALESCE((SELECT closed_day FROM ingestion.governing), '-infinity')`;

/** Customers for whom a day that is closed has come, the longest waiting first. */
export async function dueCustomers(database: Database, limit: number): Promise<string[]> {
  const { rows } = await database.query<{ customer_id: string }>({
    name: 'ingestion-due-customers',
    text: `SELECT customer_id FROM ingestion.customer_deadline WHERE ${IS_DUE} ORDER BY due_on, customer_id LIMIT $1`,
    values: [limit],
  });
  return rows.map(({ customer_id }) => customer_id);
}

export async function dueCustomerCount(database: Database): Promise<number> {
  const { rows } = await database.query<{ n: string }>(
    `SELECT count(*) AS n FROM ingestion.customer_deadline WHERE ${IS_DUE}`,
  );
  return Number(rows[0]?.n ?? 0);
}

/** Ids of all customers with a stream, in the order of their bytes, after one of them. */
export async function customerIdsAfter(
  database: Database,
  customerId: string | null,
  limit: number,
): Promise<string[]> {
  const { rows } = await database.query<{ customer_id: string }>({
    name: 'ingestion-customer-ids',
    text: `SELECT customer_id FROM ingestion.customer_deadline
      WHERE $1::text IS NULL OR customer_id > $1 ORDER BY customer_id LIMIT $2`,
    values: [customerId, limit],
  });
  return rows.map(({ customer_id }) => customer_id);
}

/** The last closed day; null = none yet. */
export async function lastClosedDay(database: Database): Promise<BusinessDay | null> {
  const { rows } = await database.query<{ closed_day: BusinessDay | null }>(
    'SELECT closed_day FROM ingestion.governing',
  );
  return rows[0]?.closed_day ?? null;
}
