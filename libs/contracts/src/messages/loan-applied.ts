import type { LoanApplied } from '@retention/customer';
import { Amount, Currency } from '../fields/amounts.js';
import { Day } from '../fields/days.js';
import { Text } from '../fields/text.js';
import { minorUnitsIn } from '../money/minor-units.js';
import { CustomerLoanMessage } from './loan-message.js';
import { messageType } from './message-type.js';

class LoanAppliedMessage extends CustomerLoanMessage {
  @Text()
  product!: string;

  @Amount({ currencyIn: 'currency' })
  amount!: string;

  @Currency()
  currency!: string;

  @Day()
  appliedOn!: string;
}

export const loanApplied = messageType({
  type: 'lending.loan.applied.v1',
  title: 'A customer applied for a loan',
  declaration: LoanAppliedMessage,
  customer: 'data-or-subject',
  example: {
    loanId: 'L-5001',
    customerId: 'C-1001',
    product: 'micro',
    amount: '70000.00',
    currency: 'CNY',
    appliedOn: '2024-01-10',
  },
  toFact: (message, { factId, occurredAt }): LoanApplied => ({
    type: 'loan-applied',
    factId,
    occurredAt,
    loanId: message.loanId,
    product: message.product,
    amountMinor: minorUnitsIn(message.currency, message.amount),
    currency: message.currency,
    appliedOn: message.appliedOn,
  }),
});
