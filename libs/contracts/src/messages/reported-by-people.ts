import type { ChurnReasonReported, ComplaintRaised, ContactMade, SurveyAnswered } from '@retention/customer';
import { IsOptional } from 'class-validator';
import { Day } from '../fields/days.js';
import { WholeNumber } from '../fields/numbers.js';
import { Identifier, Text } from '../fields/text.js';
import { keep, messageType, type Draft } from './message-type.js';

/** Other systems name the customer in the data or in the subject; one of the two has to. */
class AboutCustomerMessage {
  @IsOptional()
  @Identifier()
  customerId?: string | null;
}

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

class SurveyAnsweredMessage extends AboutCustomerMessage {
  @Identifier()
  surveyId!: string;

  @Day()
  answeredOn!: string;

  @WholeNumber({ min: 1, max: 5 })
  score!: number;

  @IsOptional()
  @Text()
  channel?: string | null;
}

class ContactMadeMessage extends AboutCustomerMessage {
  @Identifier()
  contactId!: string;

  @Day()
  madeOn!: string;

  @IsOptional()
  @Text()
  channel?: string | null;

  @IsOptional()
  @Identifier()
  officerId?: string | null;
}

class ChurnReasonReportedMessage extends AboutCustomerMessage {
  @Identifier()
  reason!: string;

  @Day()
  reportedOn!: string;

  @IsOptional()
  @Text()
  reportedBy?: string | null;
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

export const surveyAnswered = messageType({
  type: 'lending.survey.answered.v1',
  title: 'A customer answered a survey',
  declaration: SurveyAnsweredMessage,
  customer: 'required',
  example: { customerId: 'C-1001', surveyId: 'S-1', answeredOn: '2024-08-02', score: 4, channel: 'message' },
  toFact: (message, { factId, occurredAt }) => {
    const { surveyId, answeredOn, score } = message;
    const fact: Draft<SurveyAnswered> = { type: 'survey-answered', factId, occurredAt, surveyId, answeredOn, score };
    keep(fact, 'channel', message.channel);
    return fact;
  },
});

export const contactMade = messageType({
  type: 'lending.contact.made.v1',
  title: 'Somebody spoke with a customer',
  declaration: ContactMadeMessage,
  customer: 'required',
  example: { customerId: 'C-1001', contactId: 'T-1', madeOn: '2024-08-03', channel: 'visit', officerId: 'O-07' },
  toFact: (message, { factId, occurredAt }) => {
    const { contactId, madeOn } = message;
    const fact: Draft<ContactMade> = { type: 'contact-made', factId, occurredAt, contactId, madeOn };
    keep(fact, 'channel', message.channel);
    keep(fact, 'officerId', message.officerId);
    return fact;
  },
});

export const churnReasonReported = messageType({
  type: 'lending.churn-reason.reported.v1',
  title: 'Somebody found out why a customer left',
  declaration: ChurnReasonReportedMessage,
  customer: 'required',
  example: { customerId: 'C-1001', reason: 'relocated', reportedOn: '2025-09-01', reportedBy: 'O-07' },
  toFact: (message, { factId, occurredAt }) => {
    const { reason, reportedOn } = message;
    const fact: Draft<ChurnReasonReported> = {
      type: 'churn-reason-reported',
      factId,
      occurredAt,
      reason,
      reportedOn,
    };
    keep(fact, 'reportedBy', message.reportedBy);
    return fact;
  },
});
