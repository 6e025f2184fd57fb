import type { LoanDisbursed } from '@retention/customer';
import { IsOptional } from 'class-validator';
import { Amount, Currency, Rate } from '../fields/amounts.js';
import { Day, NotBefore } from '../fields/days.js';
import { WholeNumber } from '../fields/numbers.js';
import { Schedule, ScheduleIn, type InstalmentMessage } from '../fields/schedule.js';
import { Identifier, Text } from '../fields/text.js';
import { minorUnitsIn } from '../money/minor-units.js';
import { CustomerLoanMessage } from './loan-message.js';
import { keep, messageType, type Draft } from './message-type.js';

const TERM_DAYS_MAX = 36_500;

class LoanDisbursedMessage extends CustomerLoanMessage {
  @Text()
  product!: string;

  @Amount({ currencyIn: 'currency', positive: true })
  principal!: string;

  @Currency()
  currency!: string;

  @Day()
  disbursedOn!: string;

  @NotBefore('disbursedOn')
  @Day()
  maturesOn!: string;

  @IsOptional()
  @Rate()
  annualRate?: string | null;

  @IsOptional()
  @WholeNumber({ min: 0, max: TERM_DAYS_MAX })
  termDays?: number | null;

  @IsOptional()
  @Amount({ currencyIn: 'currency' })
  totalDue?: string | null;

  @IsOptional()
  @Identifier()
  branchId?: string | null;

  @IsOptional()
  @Identifier()
  officerId?: string | null;

  @IsOptional()
  @ScheduleIn('currency')
  @Schedule()
  schedule?: readonly InstalmentMessage[] | null;
}

export const loanDisbursed = messageType({
  type: 'lending.loan.disbursed.v1',
  title: 'A loan was paid out',
  declaration: LoanDisbursedMessage,
  customer: 'data-or-subject',
  example: {
    loanId: 'L-5001',
    customerId: 'C-1001',
    product: 'micro',
    principal: '70000.00',
    currency: 'CNY',
    disbursedOn: '2024-01-15',
    maturesOn: '2025-01-15',
    annualRate: '0.0985',
    termDays: 366,
    totalDue: '76895.00',
    branchId: 'B-01',
    officerId: 'O-07',
    schedule: [
      { no: 1, dueOn: '2024-07-15', amount: '38447.50' },
      { no: 2, dueOn: '2025-01-15', amount: '38447.50' },
    ],
  },
  toFact: (message, { factId, occurredAt }) => {
    const { currency } = message;
    const fact: Draft<LoanDisbursed> = {
      type: 'loan-disbursed',
      factId,
      occurredAt,
      loanId: message.loanId,
      product: message.product,
      principalMinor: minorUnitsIn(currency, message.principal),
      currency,
      disbursedOn: message.disbursedOn,
      maturesOn: message.maturesOn,
    };
    keep(fact, 'annualRate', message.annualRate);
    keep(fact, 'termDays', message.termDays);
    if (typeof message.totalDue === 'string') fact.totalDueMinor = minorUnitsIn(currency, message.totalDue);
    keep(fact, 'branchId', message.branchId);
    keep(fact, 'officerId', message.officerId);
    keep(fact, 'schedule', message.schedule);
    return fact;
  },
});
