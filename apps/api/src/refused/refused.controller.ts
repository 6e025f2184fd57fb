import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../documentation/problem-answers.js';
import { OperationRequest, OperationRoute } from '../operations/operation-request.js';
import { NoParameters, PageRequest } from '../paging/page.js';
import { DeadLettersPage, DeadLettersRequest, ListDeadLetters } from './dead-letter-list.js';
import { OperateDeadLetter, OperatedLetterAnswer } from './operate-dead-letter.js';
import { ListPendingFacts, PendingFactsPage } from './pending-facts.js';
import { DeadLetterAnswer, ShowDeadLetter } from './show-dead-letter.js';

@ApiTags('facts')
@Controller({ version: '1' })
export class RefusedController {
  constructor(
    private readonly queries: QueryBus,
    private readonly commands: CommandBus,
  ) {}

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

  @Post('dead-letters/:id/requeue')
  @OperationRoute(
    {
      operationId: 'requeueDeadLetter',
      summary: 'Sends a refused message through the writer again, as it came',
      description: 'The status is 200 also when it is refused again: look at `resolution`.',
    },
    'Somebody has dealt with the letter already, or there is no message to send again; `detail` says which.',
  )
  @ApiParam({ name: 'id', example: '17' })
  @ApiOkResponse({ type: OperatedLetterAnswer })
  requeue(
    @Param('id') id: string,
    @Body() request: OperationRequest,
    @Query() _: NoParameters,
  ): Promise<OperatedLetterAnswer> {
    return this.commands.execute(new OperateDeadLetter('requeue', id, request));
  }

  @Post('dead-letters/:id/discard')
  @OperationRoute(
    {
      operationId: 'discardDeadLetter',
      summary: 'Gives a refused message up: it is kept, and done with',
    },
    'Somebody has dealt with the letter already; `detail` says who, when and how.',
  )
  @ApiParam({ name: 'id', example: '17' })
  @ApiOkResponse({ type: OperatedLetterAnswer })
  discard(
    @Param('id') id: string,
    @Body() request: OperationRequest,
    @Query() _: NoParameters,
  ): Promise<OperatedLetterAnswer> {
    return this.commands.execute(new OperateDeadLetter('discard', id, request));
  }

  @Get('pending-facts')
  @ApiOperation({ operationId: 'listPendingFacts', summary: 'Facts that wait because nobody has claimed their loan' })
  @ApiOkResponse({ type: PendingFactsPage })
  @ApiProblems(400, 503)
  pendingFacts(@Query() request: PageRequest): Promise<PendingFactsPage> {
    return this.queries.execute(new ListPendingFacts(request));
  }
}
