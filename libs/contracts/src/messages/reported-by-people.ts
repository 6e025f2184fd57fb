import type { ChurnReasonReported, ContactMade, SurveyAnswered } from '@retention/customer';
import { IsOptional } from 'class-validator';
import { Day } from '../fields/days.js';
import { WholeNumber } from '../fields/numbers.js';
import { Identifier, Text } from '../fields/text.js';
import { AboutCustomerMessage } from './about-customer-message.js';
import { keep, messageType, type Draft } from './message-type.js';

/** The list is open, because what counts as whose fault is for the policy to say, and another policy may know more reasons. */
const CHURN_REASONS =
  'An open list. The policy says which reasons make churn normal (the default one: overdue, business_failure, deceased, ' +
  'relocated); any other one, such as rate_too_high, competitor, service or no_need, makes it abnormal.';

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
  @Identifier({ description: CHURN_REASONS })
  reason!: string;

  @Day()
  reportedOn!: string;

  @IsOptional()
  @Text()
  reportedBy?: string | null;
}

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
