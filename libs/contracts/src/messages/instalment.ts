import type { InstalmentCured, InstalmentOverdue } from '@retention/customer';
import { Amount } from '../fields/amounts.js';
import { Day } from '../fields/days.js';
import { WholeNumber } from '../fields/numbers.js';
import { INSTALMENT_NO } from '../fields/schedule.js';
import { LoanMessage } from './loan-message.js';
import { messageType } from './message-type.js';

const DAYS_PAST_DUE_MAX = 36_500;

class InstalmentOverdueMessage extends LoanMessage {
  @WholeNumber(INSTALMENT_NO)
  no!: number;

  @Day()
  dueOn!: string;

  @Day()
  asOf!: string;

  @WholeNumber({ min: 0, max: DAYS_PAST_DUE_MAX })
  daysPastDue!: number;

  @Amount({})
  amount!: string;
}

class InstalmentCuredMessage extends LoanMessage {
  @WholeNumber(INSTALMENT_NO)
  no!: number;

  @Day()
  curedOn!: string;
}

export const instalmentOverdue = messageType({
  type: 'lending.instalment.overdue.v1',
  title: 'An instalment is past due',
  declaration: InstalmentOverdueMessage,
  customer: 'data-or-subject',
  example: {
    loanId: 'L-5001',
    no: 1,
    dueOn: '2024-07-15',
    asOf: '2024-07-20',
    daysPastDue: 5,
    amount: '38447.50',
  },
  toFact: (message, { factId, occurredAt }): InstalmentOverdue => ({
    type: 'instalment-overdue',
    factId,
    occurredAt,
    loanId: message.loanId,
    no: message.no,
    dueOn: message.dueOn,
    asOf: message.asOf,
    daysPastDue: message.daysPastDue,
    amount: message.amount,
  }),
});

export const instalmentCured = messageType({
  type: 'lending.instalment.cured.v1',
  title: 'An overdue instalment was paid',
  declaration: InstalmentCuredMessage,
  customer: 'data-or-subject',
  example: { loanId: 'L-5001', no: 1, curedOn: '2024-07-22' },
  toFact: (message, { factId, occurredAt }): InstalmentCured => ({
    type: 'instalment-cured',
    factId,
    occurredAt,
    loanId: message.loanId,
    no: message.no,
    curedOn: message.curedOn,
  }),
});
