import { LIMITS } from '../limits.js';
import { isCalendarDay } from '../time/calendar.js';
import { Field, relationRule, stringRule } from './field-rule.js';

const bounds = `between ${String(LIMITS.yearFirst)} and ${String(LIMITS.yearLast)}`;

function calendarDay(personal: boolean) {
  return stringRule({
    name: 'calendarDay',
    code: 'invalid-date',
    says: `must be a calendar day YYYY-MM-DD ${bounds}`,
    accepts: isCalendarDay,
    plainText: true,
    personal,
    schema: {
      format: 'date',
      pattern: '^(19\\d\\d|2[01]\\d\\d|2200)-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$',
      description: `A calendar day ${bounds}${personal ? '' : ', in the business time zone'}.`,
    },
  });
}

/** A real calendar day `YYYY-MM-DD`. */
export const Day = (options: { readonly personal?: boolean } = {}): PropertyDecorator =>
  Field(calendarDay(options.personal ?? false));

/** The day may be the same as the other field's or later. Days of this form compare as strings. */
export function NotBefore(other: string): PropertyDecorator {
  return Field(
    relationRule({
      name: 'notBefore',
      code: 'date-order',
      says: `must not be before ${other}`,
      accepts: (value, message) => {
        const first = message[other];
        return typeof value !== 'string' || typeof first !== 'string' || value >= first;
      },
    }),
  );
}
