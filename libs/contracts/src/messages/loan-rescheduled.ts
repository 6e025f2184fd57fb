import type { LoanRescheduled } from '@retention/customer';
import { IsOptional } from 'class-validator';
import { Day } from '../fields/days.js';
import { Schedule, type InstalmentMessage } from '../fields/schedule.js';
import { LoanMessage } from './loan-message.js';
import { keep, messageType, type Draft } from './message-type.js';

class LoanRescheduledMessage extends LoanMessage {
  @Day()
  maturesOn!: string;

  @IsOptional()
  @Schedule()
  schedule?: readonly InstalmentMessage[] | null;
}

export const loanRescheduled = messageType({
  type: 'lending.loan.rescheduled.v1',
  title: 'A loan got a new maturity, and perhaps a new schedule',
  declaration: LoanRescheduledMessage,
  customer: 'data-or-subject',
  example: {
    loanId: 'L-5001',
    maturesOn: '2025-07-15',
    schedule: [{ no: 1, dueOn: '2025-07-15', amount: '76895.00' }],
  },
  toFact: (message, { factId, occurredAt, businessDay }) => {
    const fact: Draft<LoanRescheduled> = {
      type: 'loan-rescheduled',
      factId,
      occurredAt,
      loanId: message.loanId,
      maturesOn: message.maturesOn,
      rescheduledOn: businessDay(),
    };
    keep(fact, 'schedule', message.schedule);
    return fact;
  },
});
