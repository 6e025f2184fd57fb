import { lastEndedDay } from '@retention/contracts';
import { daysBetween } from '@retention/customer';
import { lastClosedDay } from '@retention/ingestion';
import { systemClock } from '@retention/platform';
import type { Runtime } from '../runtime.js';
import { COUNTED_MAX } from './counted-max.js';

/** Facts whose loan nobody has claimed, counted up to a bound, and how long the oldest has been waiting. */
export interface PendingFacts {
  readonly count: number;
  readonly ageSeconds: number;
}

/** Customers whose day has come and who are not decided by it yet, counted up to a bound. */
export interface DueCustomers {
  readonly count: number;
  /** Changes when one of them was decided. */
  readonly position: string;
}

export interface WaitingFigures {
  readonly pendingFacts: PendingFacts;
  readonly due: DueCustomers;
  /** Business days that have ended and are not closed; null where none was ever closed. */
  readonly unclosedDays: number | null;
}

type Database = Runtime['database'];

/** What waits for another fact or for a day. Each question touches a bounded number of rows. */
export async function waitingFigures({
  database,
  config,
}: Pick<Runtime, 'database' | 'config'>): Promise<WaitingFigures> {
  const closedDay = await lastClosedDay(database);
  const ended = lastEndedDay(config.business.timeZone, systemClock.now());
  return {
    pendingFacts: await pendingFacts(database),
    due: await dueCustomers(database),
    unclosedDays: closedDay === null ? null : Math.max(0, daysBetween(closedDay, ended)),
  };
}

/** The table is small while all is well and has no order by time: beyond the bound the age is that of some of them. */
async function pendingFacts(database: Database): Promise<PendingFacts> {
  const { rows } = await database.query<PendingFacts>(
    `SELECT count(*)::int AS count, coalesce(extract(epoch FROM now() - min(recorded_at)), 0)::float8 AS "ageSeconds"
     FROM (SELECT recorded_at FROM ingestion.pending_fact LIMIT $1) pending`,
    [COUNTED_MAX],
  );
  return rows[0] ?? { count: 0, ageSeconds: 0 };
}

async function dueCustomers(database: Database): Promise<DueCustomers> {
  const { rows } = await database.query<DueCustomers>(
    `SELECT count(*)::int AS count, count(*) || ' ' || coalesce(min(customer_id) || ' ' || max(customer_id), '') AS position
     FROM (
       SELECT customer_id FROM ingestion.customer_deadline
       WHERE due_on <= coalesce((SELECT closed_day FROM ingestion.governing), '-infinity')
       ORDER BY due_on, customer_id LIMIT $1
     ) due`,
    [COUNTED_MAX],
  );
  return rows[0] ?? { count: 0, position: '' };
}
