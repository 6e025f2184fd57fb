import { Body, Param, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiParam } from '@nestjs/swagger';
import { NoParameters } from '../paging/page.js';
import type { ReportAnswer } from '../people/report-answer.js';
import { Envelope, type ReportEnvelope } from '../people/report-envelope.js';
import { ApiReport, ReportsController } from '../people/report-route.js';
import { AnswerComplaint, AnswerComplaintRequest } from './answer-complaint.js';
import { RaiseComplaint, RaiseComplaintRequest } from './raise-complaint.js';
import { ResolveComplaint, ResolveComplaintRequest } from './resolve-complaint.js';

@ReportsController('complaints')
export class ComplaintsController {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiReport({
    operationId: 'raiseComplaint',
    summary: 'A customer complained',
  })
  raise(
    @Envelope() envelope: ReportEnvelope,
    @Body() request: RaiseComplaintRequest,
    @Query() _: NoParameters,
  ): Promise<ReportAnswer> {
    return this.commands.execute(new RaiseComplaint(envelope, request));
  }

  @Post(':complaintId/answer')
  @ApiReport({
    operationId: 'answerComplaint',
    summary: 'Somebody answered the complaint',
    description: 'The complaint may have been raised elsewhere: that report may come later.',
  })
  @ApiParam({ name: 'complaintId', example: 'K-1' })
  answer(
    @Envelope() envelope: ReportEnvelope,
    @Param('complaintId') complaintId: string,
    @Body() request: AnswerComplaintRequest,
    @Query() _: NoParameters,
  ): Promise<ReportAnswer> {
    return this.commands.execute(new AnswerComplaint(envelope, complaintId, request));
  }

  @Post(':complaintId/resolution')
  @ApiReport({
    operationId: 'resolveComplaint',
    summary: 'The complaint is settled, and the customer perhaps asked whether satisfied',
  })
  @ApiParam({ name: 'complaintId', example: 'K-1' })
  resolve(
    @Envelope() envelope: ReportEnvelope,
    @Param('complaintId') complaintId: string,
    @Body() request: ResolveComplaintRequest,
    @Query() _: NoParameters,
  ): Promise<ReportAnswer> {
    return this.commands.execute(new ResolveComplaint(envelope, complaintId, request));
  }
}
