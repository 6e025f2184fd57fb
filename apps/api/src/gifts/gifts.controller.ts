import { Body, Param, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiParam } from '@nestjs/swagger';
import { NoParameters } from '../paging/page.js';
import type { ReportAnswer } from '../people/report-answer.js';
import { Envelope, type ReportEnvelope } from '../people/report-envelope.js';
import { ApiReport, ReportsController } from '../people/report-route.js';
import { HandOverGift, HandOverGiftRequest } from './hand-over-gift.js';

@ReportsController('gifts')
export class GiftsController {
  constructor(private readonly commands: CommandBus) {}

  @Post(':referredId/handover')
  @ApiReport({
    operationId: 'handOverGift',
    summary: 'The customer was given the gift owed for a referral',
    description: 'The customer of the path gets the gift, for having referred `referredId`.',
  })
  @ApiParam({ name: 'referredId', example: 'C-2002' })
  handOver(
    @Envelope() envelope: ReportEnvelope,
    @Param('referredId') referredId: string,
    @Body() request: HandOverGiftRequest,
    @Query() _: NoParameters,
  ): Promise<ReportAnswer> {
    return this.commands.execute(new HandOverGift(envelope, referredId, request));
  }
}
