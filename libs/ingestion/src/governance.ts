import type { BusinessDay, Governing } from '@retention/customer';
import type { Companion, EventStore } from '@retention/event-store';
import type pg from 'pg';
import { policyBook, readPublishedPolicies } from './policies.js';

/** The stream of `business-day.closed` facts: they concern the calendar, and every customer through it. */
export const CALENDAR_STREAM = 'calendar';

/** What everything is decided under at this moment: the policies, and the last closed day. */
export interface Governance extends Governing {
  readonly calendarVersion: number;
  /** Number of policies ever published. */
  readonly policyRevision: number;
  /** Customers who cannot be decided: nothing of theirs is let in. They are few, or something else is wrong. */
  readonly parked: ReadonlySet<string>;
  /** Moves with each change of `parked`. */
  readonly parkedRevision: number;
}

type Database = Pick<pg.Pool, 'query'>;

const CALENDAR_PAGE_EVENTS = 10_000;

/**
 * What governs now. It is read in several statements, and may be of two moments: `decidedUnder` makes an append fail
 * that was decided on what no longer governs, or never did.
 */
export async function readGovernance(database: Database, store: EventStore): Promise<Governance> {
  const { rows } = await database.query<{
    closed_day: BusinessDay | null;
    policy_revision: number;
    parked_revision: number;
  }>('SELECT closed_day, policy_revision, parked_revision FROM ingestion.governing');
  const row = rows[0];
  if (row === undefined) throw new Error('ingestion.governing has no row');
  const { closed_day: closedDay, policy_revision: policyRevision, parked_revision: parkedRevision } = row;
  // Read after their revision: what is parked meanwhile is too much here, and the append then fails.
  const parked = parkedRevision === 0 ? new Set<string>() : await readParked(database);
  const published = policyRevision === 0 ? [] : await readPublishedPolicies(store);
  const book = policyBook(published.filter(({ revision }) => revision <= policyRevision));
  const governing = { book, closedDay: closedDay ?? '', policyRevision, parked, parkedRevision };
  return { ...governing, calendarVersion: await calendarVersion(store) };
}

async function readParked(database: Database): Promise<Set<string>> {
  const { rows } = await database.query<{ customer_id: string }>('SELECT customer_id FROM ingestion.parked_customer');
  return new Set(rows.map(({ customer_id }) => customer_id));
}

/** Version of the calendar stream: one read a page, since no snapshot is kept of a stream with an event a day. */
async function calendarVersion(store: EventStore): Promise<number> {
  let version = 0;
  for (;;) {
    const page = await store.readStream(CALENDAR_STREAM, version, CALENDAR_PAGE_EVENTS);
    version += page.length;
    if (page.length < CALENDAR_PAGE_EVENTS) return version;
  }
}

/**
 * Makes an append fail that was decided under another day or other policies than govern when it commits, or while others
 * were parked. The row is held until then, shared among writers: who closes a day, publishes a policy, parks a customer or
 * takes one back waits for those under way, and all later ones see it. It has to be the first companion, so that nobody waits for it with rows of others in hand.
 */
export function decidedUnder(before: Governance, after: Governance): Companion {
  const closedDay = before.closedDay === '' ? null : before.closedDay;
  if (before.closedDay === after.closedDay && before.parkedRevision === after.parkedRevision) {
    return {
      text: `SELECT 1 FROM ingestion.governing
        WHERE closed_day IS NOT DISTINCT FROM $1::date AND policy_revision = $2 AND parked_revision = $3 FOR SHARE`,
      values: [closedDay, before.policyRevision, before.parkedRevision],
      rows: 1,
    };
  }
  return {
    text: `UPDATE ingestion.governing SET closed_day = $4::date, parked_revision = $5
      WHERE closed_day IS NOT DISTINCT FROM $1::date AND policy_revision = $2 AND parked_revision = $3`,
    values: [
      ...[closedDay, before.policyRevision, before.parkedRevision],
      ...[after.closedDay === '' ? null : after.closedDay, after.parkedRevision],
    ],
    rows: 1,
  };
}
