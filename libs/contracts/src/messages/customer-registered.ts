import type { CustomerKind, CustomerRegistered } from '@retention/customer';
import { Day } from '../fields/days.js';
import { OneOf } from '../fields/text.js';
import { messageType, type Draft } from './message-type.js';
import { keepProfile, ProfileMessage } from './profile-message.js';

class CustomerRegisteredMessage extends ProfileMessage {
  @OneOf(['personal', 'corporate'])
  kind!: CustomerKind;

  @Day()
  registeredOn!: string;
}

export const customerRegistered = messageType({
  type: 'lending.customer.registered.v1',
  title: 'A customer was registered',
  declaration: CustomerRegisteredMessage,
  customer: 'data-or-subject',
  hasPersonalData: true,
  example: {
    customerId: 'C-1001',
    kind: 'personal',
    registeredOn: '2024-01-02',
    name: '王小明',
    birthDate: '1985-03-24',
    phone: '+86 138 0000 0000',
    address: '上海市黄浦区 1 号',
    region: 'East',
    industry: 'catering',
    branchId: 'B-01',
    officerId: 'O-07',
    referrerId: 'C-0900',
    channel: 'referral',
  },
  toFact: (message, { factId, occurredAt }) => {
    const fact: Draft<CustomerRegistered> = {
      type: 'customer-registered',
      factId,
      occurredAt,
      kind: message.kind,
      registeredOn: message.registeredOn,
    };
    keepProfile(fact, message);
    return fact;
  },
});
