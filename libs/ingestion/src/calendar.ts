import type { EventStore } from '@retention/event-store';

/** The stream of `business-day.closed` facts: they concern the calendar, and every customer through it. */
export const CALENDAR_STREAM = 'calendar';

const PAGE_EVENTS = 10_000;

/** Version of the calendar stream: one read a page, since no snapshot is kept of a stream with an event a day. */
export async function calendarVersion(store: EventStore): Promise<number> {
  let version = 0;
  for (;;) {
    const page = await store.readStream(CALENDAR_STREAM, version, PAGE_EVENTS);
    version += page.length;
    if (page.length < PAGE_EVENTS) return version;
  }
}
