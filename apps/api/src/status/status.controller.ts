import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../documentation/problem-answers.js';
import { NoParameters } from '../paging/page.js';
import { ReadStatus, StatusAnswer } from './read-status.js';

@ApiTags('operation')
@Controller({ path: 'status', version: '1' })
export class StatusController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({
    operationId: 'readStatus',
    summary: 'What is there, what waits, what was refused, and how far the read models are behind',
    description: 'Counts whole tables: for a person, not for a probe. A probe asks `/health/ready`.',
  })
  @ApiOkResponse({ type: StatusAnswer })
  @ApiProblems(400, 503)
  read(@Query() _: NoParameters): Promise<StatusAnswer> {
    return this.queries.execute(new ReadStatus());
  }
}
