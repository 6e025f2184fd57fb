import type { BalanceObserved } from '@retention/customer';
import { IsOptional } from 'class-validator';
import { Amount, Currency } from '../fields/amounts.js';
import { Day, NotBefore } from '../fields/days.js';
import { Identifier } from '../fields/text.js';
import { minorUnitsIn } from '../money/minor-units.js';
import { messageType, type Draft } from './message-type.js';

class BalanceObservedMessage {
  @Identifier()
  customerId!: string;

  @Day()
  from!: string;

  @NotBefore('from')
  @Day()
  to!: string;

  @Currency()
  currency!: string;

  @IsOptional()
  @Amount({ currencyIn: 'currency' })
  averageDeposit?: string | null;

  @IsOptional()
  @Amount({ currencyIn: 'currency' })
  cardSpending?: string | null;

  @IsOptional()
  @Amount({ currencyIn: 'currency' })
  averageOutstanding?: string | null;
}

export const balanceObserved = messageType({
  type: 'lending.balance.observed.v1',
  title: 'Balances of a customer over a period',
  declaration: BalanceObservedMessage,
  customer: 'data-or-subject',
  example: {
    customerId: 'C-1001',
    from: '2024-07-01',
    to: '2024-07-31',
    currency: 'CNY',
    averageDeposit: '15000.00',
    cardSpending: '2300.50',
    averageOutstanding: '52000.00',
  },
  toFact: (message, { factId, occurredAt }) => {
    const { currency, averageDeposit, cardSpending, averageOutstanding } = message;
    const fact: Draft<BalanceObserved> = {
      type: 'balance-observed',
      factId,
      occurredAt,
      from: message.from,
      to: message.to,
      currency,
    };
    if (typeof averageDeposit === 'string') fact.averageDepositMinor = minorUnitsIn(currency, averageDeposit);
    if (typeof cardSpending === 'string') fact.cardSpendingMinor = minorUnitsIn(currency, cardSpending);
    if (typeof averageOutstanding === 'string') {
      fact.averageOutstandingMinor = minorUnitsIn(currency, averageOutstanding);
    }
    return fact;
  },
});
