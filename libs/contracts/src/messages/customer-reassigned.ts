import type { CustomerReassigned } from '@retention/customer';
import { IsOptional } from 'class-validator';
import { Day } from '../fields/days.js';
import { WithOneOf } from '../fields/presence.js';
import { Identifier } from '../fields/text.js';
import { keep, messageType, type Draft } from './message-type.js';

class CustomerReassignedMessage {
  @WithOneOf('officerId', 'branchId')
  @Identifier()
  customerId!: string;

  @IsOptional()
  @Identifier()
  officerId?: string | null;

  @IsOptional()
  @Identifier()
  branchId?: string | null;

  @Day()
  effectiveOn!: string;
}

export const customerReassigned = messageType({
  type: 'lending.customer.reassigned.v1',
  title: 'Another officer or branch holds the customer',
  declaration: CustomerReassignedMessage,
  customer: 'data-or-subject',
  example: { customerId: 'C-1001', officerId: 'O-08', branchId: 'B-01', effectiveOn: '2024-06-01' },
  toFact: (message, { factId, occurredAt }) => {
    const fact: Draft<CustomerReassigned> = {
      type: 'customer-reassigned',
      factId,
      occurredAt,
      effectiveOn: message.effectiveOn,
    };
    keep(fact, 'officerId', message.officerId);
    keep(fact, 'branchId', message.branchId);
    return fact;
  },
});
