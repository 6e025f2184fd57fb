import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../documentation/problem-answers.js';
import { NoParameters, PageRequest } from '../paging/page.js';
import { LedgerPage, ReadLedger } from './customer-ledger.js';
import { ReadStanding, StandingAnswer, StandingRequest } from './customer-standing.js';
import { ReadTimeline, TimelinePage } from './customer-timeline.js';
import { CustomersPage, CustomersRequest, FindCustomers } from './find-customers.js';
import { CustomerAnswer, ShowCustomer } from './show-customer.js';
import { CustomerIdPipe } from './unknown-customer.js';

@ApiTags('customers')
@Controller({ path: 'customers', version: '1' })
export class CustomersController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({ operationId: 'findCustomers', summary: 'Who the customers are and where they stand' })
  @ApiOkResponse({ type: CustomersPage })
  @ApiProblems(400, 503)
  find(@Query() request: CustomersRequest): Promise<CustomersPage> {
    return this.queries.execute(new FindCustomers(request));
  }

  @Get(':customerId')
  @ApiOperation({ operationId: 'showCustomer', summary: 'One customer with loans, points, churns and warning' })
  @ApiParam({ name: 'customerId', example: 'C2873' })
  @ApiOkResponse({ type: CustomerAnswer })
  @ApiProblems(400, 404, 503)
  show(@Param('customerId', CustomerIdPipe) customerId: string, @Query() _: NoParameters): Promise<CustomerAnswer> {
    return this.queries.execute(new ShowCustomer(customerId));
  }

  @Get(':customerId/standing')
  @ApiOperation({
    operationId: 'readStanding',
    summary: 'The customer as of any business day, as known now, with churn by all four definitions',
  })
  @ApiParam({ name: 'customerId', example: 'C2873' })
  @ApiOkResponse({ type: StandingAnswer })
  @ApiProblems(400, 404, 503)
  standing(
    @Param('customerId', CustomerIdPipe) customerId: string,
    @Query() { on }: StandingRequest,
  ): Promise<StandingAnswer> {
    return this.queries.execute(new ReadStanding(customerId, on));
  }

  @Get(':customerId/ledger')
  @ApiOperation({
    operationId: 'readLedger',
    summary: 'The points ledger: what was awarded, taken back and expired, and because of which facts',
  })
  @ApiParam({ name: 'customerId', example: 'C2873' })
  @ApiOkResponse({ type: LedgerPage })
  @ApiProblems(400, 404, 503)
  ledger(@Param('customerId', CustomerIdPipe) customerId: string, @Query() request: PageRequest): Promise<LedgerPage> {
    return this.queries.execute(new ReadLedger(customerId, request));
  }

  @Get(':customerId/timeline')
  @ApiOperation({
    operationId: 'readTimeline',
    summary: 'Every fact about the customer and every decision that followed, in order',
  })
  @ApiParam({ name: 'customerId', example: 'C2873' })
  @ApiOkResponse({ type: TimelinePage })
  @ApiProblems(400, 404, 503)
  timeline(
    @Param('customerId', CustomerIdPipe) customerId: string,
    @Query() request: PageRequest,
  ): Promise<TimelinePage> {
    return this.queries.execute(new ReadTimeline(customerId, request));
  }
}
