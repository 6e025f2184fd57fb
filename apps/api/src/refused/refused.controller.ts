import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../documentation/problem-answers.js';
import { NoParameters, PageRequest } from '../paging/page.js';
import { DeadLettersPage, DeadLettersRequest, ListDeadLetters } from './dead-letter-list.js';
import { ListPendingFacts, PendingFactsPage } from './pending-facts.js';
import { DeadLetterAnswer, ShowDeadLetter } from './show-dead-letter.js';

@ApiTags('facts')
@Controller({ version: '1' })
export class RefusedController {
  constructor(private readonly queries: QueryBus) {}

  @Get('dead-letters')
  @ApiOperation({ operationId: 'listDeadLetters', summary: 'What could not be read or was refused, and why' })
  @ApiOkResponse({ type: DeadLettersPage })
  @ApiProblems(400, 503)
  deadLetters(@Query() request: DeadLettersRequest): Promise<DeadLettersPage> {
    return this.queries.execute(new ListDeadLetters(request));
  }

  @Get('dead-letters/:id')
  @ApiOperation({
    operationId: 'showDeadLetter',
    summary: 'One refused message with its bytes and headers, which may hold personal data',
  })
  @ApiParam({ name: 'id', example: '17' })
  @ApiOkResponse({ type: DeadLetterAnswer })
  @ApiProblems(400, 404, 503)
  deadLetter(@Param('id') id: string, @Query() _: NoParameters): Promise<DeadLetterAnswer> {
    return this.queries.execute(new ShowDeadLetter(id));
  }

  @Get('pending-facts')
  @ApiOperation({ operationId: 'listPendingFacts', summary: 'Facts that wait because nobody has claimed their loan' })
  @ApiOkResponse({ type: PendingFactsPage })
  @ApiProblems(400, 503)
  pendingFacts(@Query() request: PageRequest): Promise<PendingFactsPage> {
    return this.queries.execute(new ListPendingFacts(request));
  }
}
