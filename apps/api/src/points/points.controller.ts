import { Body, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { NoParameters } from '../paging/page.js';
import type { ReportAnswer } from '../people/report-answer.js';
import { Envelope, type ReportEnvelope } from '../people/report-envelope.js';
import { ApiReport, ReportsController } from '../people/report-route.js';
import { AdjustPoints, AdjustPointsRequest } from './adjust-points.js';

@ReportsController('points')
export class PointsController {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiReport({
    operationId: 'adjustPoints',
    summary: 'A person with the right to do so gives or takes points',
    description: 'Taken back by another entry with the sign turned: an entry itself stays.',
  })
  adjust(
    @Envelope() envelope: ReportEnvelope,
    @Body() request: AdjustPointsRequest,
    @Query() _: NoParameters,
  ): Promise<ReportAnswer> {
    return this.commands.execute(new AdjustPoints(envelope, request));
  }
}
