import type { RepaymentReceived, RepaymentReversed } from '@retention/customer';
import { IsOptional } from 'class-validator';
import { Amount, CoversParts, Currency } from '../fields/amounts.js';
import { Day } from '../fields/days.js';
import { Identifier } from '../fields/text.js';
import { minorUnitsIn } from '../money/minor-units.js';
import { LoanMessage } from './loan-message.js';
import { messageType, type Draft } from './message-type.js';

class RepaymentReceivedMessage extends LoanMessage {
  @Identifier()
  repaymentId!: string;

  @CoversParts('currency', ['principal', 'interest', 'fee', 'penalty'])
  @Amount({ currencyIn: 'currency', positive: true })
  amount!: string;

  @Currency()
  currency!: string;

  @Day()
  paidOn!: string;

  @IsOptional()
  @Amount({ currencyIn: 'currency' })
  principal?: string | null;

  @IsOptional()
  @Amount({ currencyIn: 'currency' })
  interest?: string | null;

  @IsOptional()
  @Amount({ currencyIn: 'currency' })
  fee?: string | null;

  @IsOptional()
  @Amount({ currencyIn: 'currency' })
  penalty?: string | null;
}

class RepaymentReversedMessage extends LoanMessage {
  @Identifier()
  repaymentId!: string;

  @Day()
  reversedOn!: string;
}

export const repaymentReceived = messageType({
  type: 'lending.repayment.received.v1',
  title: 'A repayment was received',
  declaration: RepaymentReceivedMessage,
  customer: 'data-or-subject',
  example: {
    repaymentId: 'P-9001',
    loanId: 'L-5001',
    amount: '38447.50',
    currency: 'CNY',
    paidOn: '2024-07-15',
    principal: '35000.00',
    interest: '3447.50',
    fee: '0.00',
    penalty: '0',
  },
  toFact: (message, { factId, occurredAt }) => {
    const { currency } = message;
    const fact: Draft<RepaymentReceived> = {
      type: 'repayment-received',
      factId,
      occurredAt,
      repaymentId: message.repaymentId,
      loanId: message.loanId,
      amountMinor: minorUnitsIn(currency, message.amount),
      currency,
      paidOn: message.paidOn,
    };
    if (typeof message.principal === 'string') fact.principalMinor = minorUnitsIn(currency, message.principal);
    if (typeof message.interest === 'string') fact.interestMinor = minorUnitsIn(currency, message.interest);
    if (typeof message.fee === 'string') fact.feeMinor = minorUnitsIn(currency, message.fee);
    if (typeof message.penalty === 'string') fact.penaltyMinor = minorUnitsIn(currency, message.penalty);
    return fact;
  },
});

export const repaymentReversed = messageType({
  type: 'lending.repayment.reversed.v1',
  title: 'A repayment was taken back',
  declaration: RepaymentReversedMessage,
  customer: 'data-or-subject',
  example: { repaymentId: 'P-9001', loanId: 'L-5001', reversedOn: '2024-07-18' },
  toFact: (message, { factId, occurredAt }): RepaymentReversed => ({
    type: 'repayment-reversed',
    factId,
    occurredAt,
    repaymentId: message.repaymentId,
    loanId: message.loanId,
    reversedOn: message.reversedOn,
  }),
});
