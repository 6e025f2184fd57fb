import { Body, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { NoParameters } from '../paging/page.js';
import type { ReportAnswer } from '../people/report-answer.js';
import { Envelope, type ReportEnvelope } from '../people/report-envelope.js';
import { ApiReport, ReportsController } from '../people/report-route.js';
import { ReportChurnReason, ReportChurnReasonRequest } from './report-churn-reason.js';

@ReportsController('churn-reasons')
export class ChurnReasonsController {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiReport({
    operationId: 'reportChurnReason',
    summary: 'Somebody found out why the customer left',
    description: 'Of several the one said last holds: a later report turns normal churn into abnormal or back.',
  })
  report(
    @Envelope() envelope: ReportEnvelope,
    @Body() request: ReportChurnReasonRequest,
    @Query() _: NoParameters,
  ): Promise<ReportAnswer> {
    return this.commands.execute(new ReportChurnReason(envelope, request));
  }
}
