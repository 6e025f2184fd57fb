import { Body, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { NoParameters } from '../paging/page.js';
import type { ReportAnswer } from '../people/report-answer.js';
import { Envelope, type ReportEnvelope } from '../people/report-envelope.js';
import { ApiReport, ReportsController } from '../people/report-route.js';
import { AssignCustomer, AssignCustomerRequest } from './assign-customer.js';

@ReportsController('assignments')
export class AssignmentsController {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiReport({
    operationId: 'assignCustomer',
    summary: 'Another officer or branch holds the customer',
    description:
      '`officerId`, `branchId` or both. `effectiveOn` may be long ago: who held the customer on a day answers for what happened then. Of two for the same day the one said last holds.',
  })
  assign(
    @Envelope() envelope: ReportEnvelope,
    @Body() request: AssignCustomerRequest,
    @Query() _: NoParameters,
  ): Promise<ReportAnswer> {
    return this.commands.execute(new AssignCustomer(envelope, request));
  }
}
