import type { CustomerKind, CustomerProfileChanged } from '@retention/customer';
import { IsOptional } from 'class-validator';
import { OneOf } from '../fields/text.js';
import { keep, messageType, type Draft } from './message-type.js';
import { keepProfile, ProfileMessage } from './profile-message.js';

class CustomerProfileChangedMessage extends ProfileMessage {
  @IsOptional()
  @OneOf(['personal', 'corporate'])
  kind?: CustomerKind | null;
}

export const customerProfileChanged = messageType({
  type: 'lending.customer.profile-changed.v1',
  title: 'Something about a customer changed',
  declaration: CustomerProfileChangedMessage,
  customer: 'data-or-subject',
  hasPersonalData: true,
  example: { customerId: 'C-1001', phone: '+86 139 0000 0000', industry: 'retail', branchId: 'B-02' },
  toFact: (message, { factId, occurredAt, businessDay }) => {
    const fact: Draft<CustomerProfileChanged> = {
      type: 'customer-profile-changed',
      factId,
      occurredAt,
      changedOn: businessDay(),
    };
    keep(fact, 'kind', message.kind);
    keepProfile(fact, message);
    return fact;
  },
});
