import type { ComplaintAnswered, ComplaintRaised, ComplaintResolved } from '@retention/customer';
import { IsOptional } from 'class-validator';
import { Day } from '../fields/days.js';
import { YesOrNo } from '../fields/yes-or-no.js';
import { Identifier, Text } from '../fields/text.js';
import { AboutCustomerMessage } from './about-customer-message.js';
import { keep, messageType, type Draft } from './message-type.js';

class ComplaintRaisedMessage extends AboutCustomerMessage {
  @Identifier()
  complaintId!: string;

  @Day()
  raisedOn!: string;

  @IsOptional()
  @Text()
  topic?: string | null;

  @IsOptional()
  @Text()
  channel?: string | null;
}

class ComplaintAnsweredMessage extends AboutCustomerMessage {
  @Identifier()
  complaintId!: string;

  @Day()
  answeredOn!: string;

  @IsOptional()
  @Text()
  by?: string | null;
}

class ComplaintResolvedMessage extends AboutCustomerMessage {
  @Identifier()
  complaintId!: string;

  @Day()
  resolvedOn!: string;

  @IsOptional()
  @Text()
  by?: string | null;

  @IsOptional()
  @YesOrNo()
  satisfied?: boolean | null;
}

export const complaintRaised = messageType({
  type: 'lending.complaint.raised.v1',
  title: 'A customer complained',
  declaration: ComplaintRaisedMessage,
  customer: 'required',
  example: {
    customerId: 'C-1001',
    complaintId: 'K-1',
    raisedOn: '2024-08-01',
    topic: 'waiting time',
    channel: 'phone',
  },
  toFact: (message, { factId, occurredAt }) => {
    const { complaintId, raisedOn } = message;
    const fact: Draft<ComplaintRaised> = { type: 'complaint-raised', factId, occurredAt, complaintId, raisedOn };
    keep(fact, 'topic', message.topic);
    keep(fact, 'channel', message.channel);
    return fact;
  },
});

export const complaintAnswered = messageType({
  type: 'lending.complaint.answered.v1',
  title: 'Somebody answered a complaint',
  declaration: ComplaintAnsweredMessage,
  customer: 'required',
  example: { customerId: 'C-1001', complaintId: 'K-1', answeredOn: '2024-08-02', by: 'O-07' },
  toFact: (message, { factId, occurredAt }) => {
    const { complaintId, answeredOn } = message;
    const fact: Draft<ComplaintAnswered> = { type: 'complaint-answered', factId, occurredAt, complaintId, answeredOn };
    keep(fact, 'by', message.by);
    return fact;
  },
});

export const complaintResolved = messageType({
  type: 'lending.complaint.resolved.v1',
  title: 'A complaint was settled, and the customer perhaps asked whether satisfied',
  declaration: ComplaintResolvedMessage,
  customer: 'required',
  example: { customerId: 'C-1001', complaintId: 'K-1', resolvedOn: '2024-08-06', by: 'O-07', satisfied: true },
  toFact: (message, { factId, occurredAt }) => {
    const { complaintId, resolvedOn } = message;
    const fact: Draft<ComplaintResolved> = { type: 'complaint-resolved', factId, occurredAt, complaintId, resolvedOn };
    keep(fact, 'by', message.by);
    keep(fact, 'satisfied', message.satisfied);
    return fact;
  },
});
