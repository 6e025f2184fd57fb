import type { BusinessDay } from '@retention/customer';
import type { ReportedFact } from './message.js';
import { reportedFact } from './reported-fact.js';

const SOURCE = '/retention/calendar';

/**
 * That a business day has ended, as the product itself says it: a day is closed with all days before it, and closing it
 * again is a duplicate.
 */
export function dayClosed(day: BusinessDay, closedBy: 'scheduler' | 'command line'): ReportedFact {
  const reporter = { source: SOURCE, id: day, origin: { door: 'calendar', closedBy } } as const;
  return reportedFact(reporter, null, {
    type: 'business-day-closed',
    // Nothing is decided by it: of two days the later holds.
    occurredAt: Date.parse(`${day}T00:00:00Z`),
    day,
  });
}
