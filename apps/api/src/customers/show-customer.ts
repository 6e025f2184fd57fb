import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { LoanStatus } from '@retention/customer';
import { type ParkedCustomer, parkedCustomer, streamOf } from '@retention/ingestion';
import { findCustomer, type Standstill, standstillsOf } from '@retention/read-models';
import { RUNTIME } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { ChurnLine, churnLine } from './churn-line.js';
import { CustomerLine, customerLine } from './customer-line.js';
import { unknownCustomer } from './unknown-customer.js';
import { WarningSignalLine, warningSignalLine } from './warning-signal-line.js';

const LOAN_STATUSES: Readonly<Record<LoanStatus, true>> = {
  requested: true,
  refused: true,
  undone: true,
  active: true,
  'written-off': true,
  settled: true,
  unknown: true,
};

export class LoanLine {
  @ApiProperty({ example: 'L5314' })
  loanId!: string;

  @ApiProperty({
    enum: Object.keys(LOAN_STATUSES),
    description: '`unknown`: facts of the loan are here, and none of them says where it stands.',
  })
  status!: LoanStatus;
}

export class CustomerAnswer extends CustomerLine {
  @ApiProperty({ type: [LoanLine], description: 'Every loan and where it stands, in the order of the ids.' })
  loans!: LoanLine[];

  @ApiProperty({ type: [ChurnLine], description: 'Every time the customer was gone, in the order of the days.' })
  churns!: ChurnLine[];

  @ApiProperty({ type: [WarningSignalLine], description: 'What the warning rests on; none while the level is green.' })
  warningSignals!: WarningSignalLine[];

  @ApiProperty({
    description: 'True when a read model could not apply an event of this customer: later facts do not show.',
  })
  stale!: boolean;

  @ApiPropertyOptional({ description: 'Which read model stands still, and since when. Only when `stale`.' })
  staleBecause?: string;

  @ApiProperty({
    description: 'True when the customer cannot be decided: facts about them are kept, and have no effect until then.',
  })
  parked!: boolean;

  @ApiPropertyOptional({ description: 'Since when, and how many facts are kept. Only when `parked`.' })
  parkedBecause?: string;
}

export class ShowCustomer extends Query<CustomerAnswer> {
  constructor(readonly customerId: string) {
    super();
  }
}

@QueryHandler(ShowCustomer)
export class ShowCustomerHandler implements IQueryHandler<ShowCustomer, CustomerAnswer> {
  constructor(@Inject(RUNTIME) private readonly runtime: Runtime) {}

  async execute({ customerId }: ShowCustomer): Promise<CustomerAnswer> {
    const { dataSource, database } = this.runtime;
    const [row, standstills, parked] = await Promise.all([
      findCustomer(dataSource, customerId),
      standstillsOf(dataSource, streamOf(customerId)),
      parkedCustomer(database, customerId),
    ]);
    if (row === null) throw unknownCustomer();
    const loans = Object.entries(row.loans)
      .map(([loanId, status]) => ({ loanId, status }))
      .sort((one, other) => (one.loanId < other.loanId ? -1 : 1));
    const churns = row.churns.map(churnLine);
    const warningSignals = row.warning_signals.map(warningSignalLine);
    const staleBecause = standstills.map(sentence).join(' ');
    const age = staleBecause === '' ? { stale: false } : { stale: true, staleBecause };
    const decided = parked === null ? { parked: false } : { parked: true, parkedBecause: parkedSentence(parked) };
    return Object.assign(customerLine(row), { loans, churns, warningSignals }, age, decided);
  }
}

function sentence({ projection, since }: Standstill): string {
  return `The read model "${projection}" could not apply an event of this customer and stands still since ${since.toISOString()}.`;
}

function parkedSentence({ since, letters }: ParkedCustomer): string {
  return `The customer cannot be decided since ${since.toISOString()}; until then ${letters} facts about them are kept.`;
}
