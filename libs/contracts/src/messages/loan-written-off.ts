import type { LoanRecovered, LoanWrittenOff } from '@retention/customer';
import { Amount, Currency } from '../fields/amounts.js';
import { Day } from '../fields/days.js';
import { minorUnitsIn } from '../money/minor-units.js';
import { LoanMessage } from './loan-message.js';
import { messageType } from './message-type.js';

class LoanAmountMessage extends LoanMessage {
  @Amount({ currencyIn: 'currency' })
  amount!: string;

  @Currency()
  currency!: string;

  @Day()
  on!: string;
}

const example = { loanId: 'L-5001', amount: '12000.00', currency: 'CNY', on: '2025-06-30' };

export const loanWrittenOff = messageType({
  type: 'lending.loan.written-off.v1',
  title: 'A loan was written off',
  declaration: LoanAmountMessage,
  customer: 'data-or-subject',
  example,
  toFact: (message, { factId, occurredAt }): LoanWrittenOff => ({
    type: 'loan-written-off',
    factId,
    occurredAt,
    loanId: message.loanId,
    amountMinor: minorUnitsIn(message.currency, message.amount),
    currency: message.currency,
    on: message.on,
  }),
});

export const loanRecovered = messageType({
  type: 'lending.loan.recovered.v1',
  title: 'Money came back on a loan that was written off',
  declaration: LoanAmountMessage,
  customer: 'data-or-subject',
  example,
  toFact: (message, { factId, occurredAt }): LoanRecovered => ({
    type: 'loan-recovered',
    factId,
    occurredAt,
    loanId: message.loanId,
    amountMinor: minorUnitsIn(message.currency, message.amount),
    currency: message.currency,
    on: message.on,
  }),
});
