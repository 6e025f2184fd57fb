import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../documentation/problem-answers.js';
import { NoParameters, PageRequest } from '../paging/page.js';
import { ListPolicies, PoliciesPage } from './list-policies.js';
import { InForceRequest, PolicyAnswer, ShowPolicy } from './show-policy.js';

@ApiTags('policies')
@Controller({ path: 'policies', version: '1' })
export class PoliciesController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({
    operationId: 'listPolicies',
    summary: 'Every version of the policy: who published it, why, and what it changed',
  })
  @ApiOkResponse({ type: PoliciesPage })
  @ApiProblems(400, 503)
  list(@Query() request: PageRequest): Promise<PoliciesPage> {
    return this.queries.execute(new ListPolicies(request));
  }

  // Before the route of a name: no version has this one.
  @Get('in-force')
  @ApiOperation({
    operationId: 'showPolicyInForce',
    summary: 'The version that facts of a business day are decided by',
  })
  @ApiOkResponse({ type: PolicyAnswer })
  @ApiProblems(400, 503)
  inForce(@Query() { on }: InForceRequest): Promise<PolicyAnswer> {
    return this.queries.execute(new ShowPolicy({ on: on ?? null }));
  }

  @Get(':version')
  @ApiOperation({ operationId: 'showPolicy', summary: 'One version of the policy with all its numbers' })
  @ApiParam({ name: 'version', example: 'lender-2' })
  @ApiOkResponse({ type: PolicyAnswer })
  @ApiProblems(400, 404, 503)
  show(@Param('version') version: string, @Query() _: NoParameters): Promise<PolicyAnswer> {
    return this.queries.execute(new ShowPolicy({ version }));
  }
}
