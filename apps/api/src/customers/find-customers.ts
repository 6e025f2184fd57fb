import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { CUSTOMER_STANDINGS, PHASES, TIERS, WARNING_LEVELS } from '@retention/customer';
import type { ChurnKind, CustomerStanding, Phase, Tier, WarningLevel } from '@retention/customer';
import { type CustomerFilter, findCustomers } from '@retention/read-models';
import { RUNTIME } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { IsIn, IsOptional } from 'class-validator';
import { placeOf } from '../paging/cursor.js';
import { Identifier, isIdentifier } from '../paging/identifier.js';
import { NextPage, pageOf, PageRequest } from '../paging/page.js';
import { TrueOrFalse } from '../paging/true-or-false.js';
import { WholeNumber } from '../paging/whole-number.js';
import { CHURN_KINDS } from './churn-line.js';
import { CUSTOMER_KINDS, CustomerLine, customerLine } from './customer-line.js';

const LIST = 'customers';
/** What an integer column holds, and more than any ledger does. */
const POINTS_BOUND = 2_000_000_000;

export class CustomersRequest extends PageRequest {
  @ApiPropertyOptional({ enum: TIERS })
  @IsOptional()
  @IsIn(TIERS)
  tier?: Tier;

  @Identifier('The branch that serves the customer.')
  branchId?: string;

  @Identifier('The officer who holds the customer.')
  officerId?: string;

  @ApiPropertyOptional({ enum: CUSTOMER_KINDS })
  @IsOptional()
  @IsIn(CUSTOMER_KINDS)
  kind?: (typeof CUSTOMER_KINDS)[number];

  @WholeNumber({ min: -POINTS_BOUND, max: POINTS_BOUND, description: 'Smallest balance of the points ledger.' })
  pointsMin?: number;

  @ApiPropertyOptional({ enum: CUSTOMER_STANDINGS })
  @IsOptional()
  @IsIn(CUSTOMER_STANDINGS)
  state?: CustomerStanding;

  @ApiPropertyOptional({
    enum: CHURN_KINDS,
    description: 'Of the latest churn, also of those who came back since; with `state=churned` only who is gone now.',
  })
  @IsOptional()
  @IsIn(CHURN_KINDS)
  churnKind?: ChurnKind;

  @TrueOrFalse('Only those whose latest churn has a reason past due, or only the others.')
  reasonUnknown?: boolean;

  @ApiPropertyOptional({ enum: PHASES })
  @IsOptional()
  @IsIn(PHASES)
  phase?: Phase;

  @ApiPropertyOptional({ enum: WARNING_LEVELS })
  @IsOptional()
  @IsIn(WARNING_LEVELS)
  warningLevel?: WarningLevel;

  @TrueOrFalse('Only those with facts that wait, or only those without.')
  hasParkedFacts?: boolean;
}

export class CustomersPage extends NextPage {
  @ApiProperty({ type: [CustomerLine], description: 'In the order of their ids, by bytes.' })
  items!: CustomerLine[];
}

export class FindCustomers extends Query<CustomersPage> {
  constructor(readonly request: CustomersRequest) {
    super();
  }
}

@QueryHandler(FindCustomers)
export class FindCustomersHandler implements IQueryHandler<FindCustomers, CustomersPage> {
  constructor(@Inject(RUNTIME) private readonly runtime: Runtime) {}

  async execute({ request }: FindCustomers): Promise<CustomersPage> {
    const after = placeOf(LIST, request.cursor, isIdentifier);
    const filter: CustomerFilter = {
      tier: request.tier ?? null,
      branchId: request.branchId ?? null,
      officerId: request.officerId ?? null,
      kind: request.kind ?? null,
      pointsMin: request.pointsMin ?? null,
      state: request.state ?? null,
      churnKind: request.churnKind ?? null,
      isReasonUnknown: request.reasonUnknown ?? null,
      phase: request.phase ?? null,
      warningLevel: request.warningLevel ?? null,
      hasParkedFacts: request.hasParkedFacts ?? null,
    };
    const rows = await findCustomers(this.runtime.dataSource, filter, after, request.limit + 1);
    return pageOf(rows, request.limit, LIST, { item: customerLine, place: (row) => row.customer_id });
  }
}
