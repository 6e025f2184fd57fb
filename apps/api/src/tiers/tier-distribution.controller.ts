import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../documentation/problem-answers.js';
import { ReadTierDistribution, TierDistributionAnswer, TierDistributionRequest } from './tier-distribution.js';

@ApiTags('reports')
@Controller({ path: 'tier-distribution', version: '1' })
export class TierDistributionController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({ operationId: 'readTierDistribution', summary: 'How many customers stand in each tier' })
  @ApiOkResponse({ type: TierDistributionAnswer })
  @ApiProblems(400, 503)
  read(@Query() { branchId }: TierDistributionRequest): Promise<TierDistributionAnswer> {
    return this.queries.execute(new ReadTierDistribution(branchId ?? null));
  }
}
