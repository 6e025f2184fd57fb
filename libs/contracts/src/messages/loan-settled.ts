import type { LoanSettled } from '@retention/customer';
import { Day } from '../fields/days.js';
import { LoanMessage } from './loan-message.js';
import { messageType } from './message-type.js';

class LoanSettledMessage extends LoanMessage {
  @Day()
  settledOn!: string;
}

export const loanSettled = messageType({
  type: 'lending.loan.settled.v1',
  title: 'A loan was settled, on time or early',
  declaration: LoanSettledMessage,
  customer: 'data-or-subject',
  example: { loanId: 'L-5001', settledOn: '2025-01-15' },
  toFact: (message, { factId, occurredAt }): LoanSettled => ({
    type: 'loan-settled',
    factId,
    occurredAt,
    loanId: message.loanId,
    settledOn: message.settledOn,
  }),
});
