import type { PointsAdjusted } from '@retention/customer';
import { Day } from '../fields/days.js';
import { WholeNumber } from '../fields/numbers.js';
import { Identifier, Text } from '../fields/text.js';
import { LIMITS } from '../limits.js';
import { messageType } from './message-type.js';

const POINTS_MAX = 1_000;

class PointsAdjustedMessage {
  @Identifier()
  customerId!: string;

  @WholeNumber({ min: -POINTS_MAX, max: POINTS_MAX, nonZero: true })
  points!: number;

  @Day()
  on!: string;

  @Text()
  by!: string;

  @Text({ lengthMax: LIMITS.reasonLength })
  reason!: string;
}

export const pointsAdjusted = messageType({
  type: 'lending.points.adjusted.v1',
  title: 'An authorised person gave or took points',
  declaration: PointsAdjustedMessage,
  customer: 'data-or-subject',
  example: { customerId: 'C-1001', points: -5, on: '2024-09-01', by: 'O-01', reason: 'credited twice by mistake' },
  toFact: (message, { factId, occurredAt }): PointsAdjusted => ({
    type: 'points-adjusted',
    factId,
    occurredAt,
    points: message.points,
    on: message.on,
    by: message.by,
    reason: message.reason,
  }),
});
