import type { GiftHandedOver } from '@retention/customer';
import { IsOptional } from 'class-validator';
import { Day } from '../fields/days.js';
import { Identifier, Text } from '../fields/text.js';
import { AboutCustomerMessage } from './about-customer-message.js';
import { keep, messageType, type Draft } from './message-type.js';

/** The customer is the one who gets the gift: the referrer. */
class GiftHandedOverMessage extends AboutCustomerMessage {
  @Identifier()
  referredId!: string;

  @Day()
  handedOverOn!: string;

  @IsOptional()
  @Text()
  by?: string | null;
}

export const giftHandedOver = messageType({
  type: 'lending.gift.handed-over.v1',
  title: 'A customer was given the gift owed for a referral',
  declaration: GiftHandedOverMessage,
  customer: 'required',
  example: { customerId: 'C-1001', referredId: 'C-2002', handedOverOn: '2024-08-10', by: 'O-07' },
  toFact: (message, { factId, occurredAt }) => {
    const { referredId, handedOverOn } = message;
    const fact: Draft<GiftHandedOver> = { type: 'gift-handed-over', factId, occurredAt, referredId, handedOverOn };
    keep(fact, 'by', message.by);
    return fact;
  },
});
