import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { CustomerIdPipe } from '../customers/unknown-customer.js';
import { ApiProblems } from '../documentation/problem-answers.js';
import { OperationRequest, OperationRoute } from '../operations/operation-request.js';
import { NoParameters, PageRequest } from '../paging/page.js';
import { ListParkedCustomers, ParkedCustomersPage } from './parked-customers.js';
import { ListParkedStreams, ParkedStreamsPage, StreamIdPipe } from './parked-streams.js';
import { RetriedCustomerAnswer, RetryParkedCustomer } from './retry-parked-customer.js';
import { RetriedStreamAnswer, RetryParkedStream } from './retry-parked-stream.js';

@ApiTags('operations')
@Controller({ version: '1' })
export class ParkedController {
  constructor(
    private readonly queries: QueryBus,
    private readonly commands: CommandBus,
  ) {}

  @Get('parked-customers')
  @ApiOperation({ operationId: 'listParkedCustomers', summary: 'Customers who cannot be decided, and why' })
  @ApiOkResponse({ type: ParkedCustomersPage })
  @ApiProblems(400, 503)
  customers(@Query() request: PageRequest): Promise<ParkedCustomersPage> {
    return this.queries.execute(new ListParkedCustomers(request));
  }

  @Post('parked-customers/:customerId/retry')
  @OperationRoute({
    operationId: 'retryParkedCustomer',
    summary: 'Tries to decide a parked customer again, with the facts that were kept for them',
    description: 'The status is 200 also when they still cannot be decided: look at `isDecided`.',
  })
  @ApiParam({ name: 'customerId', example: 'C2873' })
  @ApiOkResponse({ type: RetriedCustomerAnswer })
  retryCustomer(
    @Param('customerId', CustomerIdPipe) customerId: string,
    @Body() request: OperationRequest,
    @Query() _: NoParameters,
  ): Promise<RetriedCustomerAnswer> {
    return this.commands.execute(new RetryParkedCustomer(customerId, request));
  }

  @Get('parked-streams')
  @ApiOperation({ operationId: 'listParkedStreams', summary: 'Customers a read model stands still on, and why' })
  @ApiOkResponse({ type: ParkedStreamsPage })
  @ApiProblems(400, 503)
  streams(@Query() request: PageRequest): Promise<ParkedStreamsPage> {
    return this.queries.execute(new ListParkedStreams(request));
  }

  @Post('parked-streams/:projection/:streamId/retry')
  @OperationRoute({
    operationId: 'retryParkedStream',
    summary: 'Has a read model take up again a stream it stands still on',
    description:
      'The events from the one that failed on are applied once, while the product runs. The status is 200 also when one ' +
      'of them fails again: look at `failure`.',
  })
  @ApiParam({ name: 'projection', example: 'ledger' })
  @ApiParam({ name: 'streamId', example: 'customer-C2873' })
  @ApiOkResponse({ type: RetriedStreamAnswer })
  retryStream(
    @Param('projection') projection: string,
    @Param('streamId', StreamIdPipe) streamId: string,
    @Body() request: OperationRequest,
    @Query() _: NoParameters,
  ): Promise<RetriedStreamAnswer> {
    return this.commands.execute(new RetryParkedStream(projection, streamId, request));
  }
}
