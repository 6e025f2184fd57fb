import { addDays } from '@retention/customer';
import type { BusinessDay } from '@retention/customer';
import { createBusinessCalendar } from './business-calendar.js';

/** The last business day that has ended by an instant, in milliseconds since the epoch. */
export function lastEndedDay(timeZone: string, instantMs: number): BusinessDay {
  return addDays(createBusinessCalendar(timeZone)(instantMs), -1);
}
