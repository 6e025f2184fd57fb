import type { LoanDisbursalUndone, LoanSettlementUndone } from '@retention/customer';
import { Day } from '../fields/days.js';
import { LoanMessage } from './loan-message.js';
import { messageType } from './message-type.js';

class LoanUndoneMessage extends LoanMessage {
  @Day()
  undoneOn!: string;
}

export const loanDisbursalUndone = messageType({
  type: 'lending.loan.disbursal-undone.v1',
  title: 'The payment of a loan was undone',
  declaration: LoanUndoneMessage,
  customer: 'data-or-subject',
  example: { loanId: 'L-5001', undoneOn: '2024-01-16' },
  toFact: (message, { factId, occurredAt }): LoanDisbursalUndone => ({
    type: 'loan-disbursal-undone',
    factId,
    occurredAt,
    loanId: message.loanId,
    undoneOn: message.undoneOn,
  }),
});

export const loanSettlementUndone = messageType({
  type: 'lending.loan.settlement-undone.v1',
  title: 'The settlement of a loan was undone',
  declaration: LoanUndoneMessage,
  customer: 'data-or-subject',
  example: { loanId: 'L-5001', undoneOn: '2025-01-20' },
  toFact: (message, { factId, occurredAt }): LoanSettlementUndone => ({
    type: 'loan-settlement-undone',
    factId,
    occurredAt,
    loanId: message.loanId,
    undoneOn: message.undoneOn,
  }),
});
