import type { LoanApproved, LoanCancelled, LoanRejected } from '@retention/customer';
import { IsOptional } from 'class-validator';
import { Day } from '../fields/days.js';
import { Text } from '../fields/text.js';
import { CustomerLoanMessage } from './loan-message.js';
import { keep, messageType, type Draft, type MessageType } from './message-type.js';

class LoanAnsweredMessage extends CustomerLoanMessage {
  @Day()
  on!: string;

  @IsOptional()
  @Text()
  reason?: string | null;
}

function answer(name: 'approved' | 'rejected' | 'cancelled', title: string): MessageType {
  return messageType({
    type: `lending.loan.${name}.v1`,
    title,
    declaration: LoanAnsweredMessage,
    customer: 'data-or-subject',
    example: { loanId: 'L-5001', customerId: 'C-1001', on: '2024-01-12', reason: 'second opinion' },
    toFact: (message, { factId, occurredAt }) => {
      const fact: Draft<LoanApproved | LoanRejected | LoanCancelled> = {
        type: `loan-${name}`,
        factId,
        occurredAt,
        loanId: message.loanId,
        on: message.on,
      };
      keep(fact, 'reason', message.reason);
      return fact;
    },
  });
}

export const loanApproved = answer('approved', 'An application was approved');
export const loanRejected = answer('rejected', 'An application was rejected');
export const loanCancelled = answer('cancelled', 'An application or approval was cancelled');
