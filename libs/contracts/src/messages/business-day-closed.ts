import type { BusinessDayClosed } from '@retention/customer';
import { Day } from '../fields/days.js';
import { messageType } from './message-type.js';

class BusinessDayClosedMessage {
  @Day()
  day!: string;
}

export const businessDayClosed = messageType({
  type: 'lending.business-day.closed.v1',
  title: 'A business day ended: the calendar tick',
  declaration: BusinessDayClosedMessage,
  customer: 'none',
  example: { day: '2024-01-31' },
  toFact: (message, { factId, occurredAt }): BusinessDayClosed => ({
    type: 'business-day-closed',
    factId,
    occurredAt,
    day: message.day,
  }),
});
