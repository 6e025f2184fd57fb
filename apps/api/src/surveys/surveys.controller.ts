import { Body, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { NoParameters } from '../paging/page.js';
import type { ReportAnswer } from '../people/report-answer.js';
import { Envelope, type ReportEnvelope } from '../people/report-envelope.js';
import { ApiReport, ReportsController } from '../people/report-route.js';
import { RecordSurvey, RecordSurveyRequest } from './record-survey.js';

@ReportsController('surveys')
export class SurveysController {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiReport({
    operationId: 'recordSurvey',
    summary: 'The customer answered a survey',
  })
  record(
    @Envelope() envelope: ReportEnvelope,
    @Body() request: RecordSurveyRequest,
    @Query() _: NoParameters,
  ): Promise<ReportAnswer> {
    return this.commands.execute(new RecordSurvey(envelope, request));
  }
}
