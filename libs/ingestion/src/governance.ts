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
}

type Database = Pick<pg.Pool, 'query'>;

const CALENDAR_PAGE_EVENTS = 10_000;

/**
 * What governs now. It is read in several statements, and may be of two moments: `decidedUnder` makes an append fail
 * that was decided on what no longer governs, or never did.
 */
export async function readGovernance(database: Database, store: EventStore): Promise<Governance> {
  const { rows } = await database.query<{ closed_day: BusinessDay | null; policy_revision: number }>(
    'SELECT closed_day, policy_revision FROM ingestion.governing',
  );
  const row = rows[0];
  if (row === undefined) throw new Error('ingestion.governing has no row');
  const { closed_day: closedDay, policy_revision: policyRevision } = row;
  const published = policyRevision === 0 ? [] : await readPublishedPolicies(store);
  const book = policyBook(published.filter(({ revision }) => revision <= policyRevision));
  return { book, closedDay: closedDay ?? '', policyRevision, calendarVersion: await calendarVersion(store) };
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
 * Makes an append fail that was decided under another day or other policies than govern when it commits. The row is held
 * until then, shared among writers: who closes a day or publishes a policy waits for those under way, and all later
 * ones see it. It has to be the first companion, so that nobody waits for it with rows of others in hand.
 */
export function decidedUnder(before: Governance, after: Governance): Companion {
  const closedDay = before.closedDay === '' ? null : before.closedDay;
  if (before.closedDay === after.closedDay) {
    return {
      text: `SELECT 1 FROM ingestion.governing
        WHERE closed_day IS NOT DISTINCT FROM $1::date AND policy_revision = $2 FOR SHARE`,
      values: [closedDay, before.policyRevision],
      rows: 1,
    };
  }
  return {
    text: `UPDATE ingestion.governing SET closed_day = $3::date
      WHERE closed_day IS NOT DISTINCT FROM $1::date AND policy_revision = $2`,
    values: [closedDay, before.policyRevision, after.closedDay],
    rows: 1,
  };
}
