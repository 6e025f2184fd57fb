import { Body, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { NoParameters } from '../paging/page.js';
import type { ReportAnswer } from '../people/report-answer.js';
import { Envelope, type ReportEnvelope } from '../people/report-envelope.js';
import { ApiReport, ReportsController } from '../people/report-route.js';
import { RecordContact, RecordContactRequest } from './record-contact.js';

@ReportsController('contacts')
export class ContactsController {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiReport({
    operationId: 'recordContact',
    summary: 'Somebody spoke with the customer',
  })
  record(
    @Envelope() envelope: ReportEnvelope,
    @Body() request: RecordContactRequest,
    @Query() _: NoParameters,
  ): Promise<ReportAnswer> {
    return this.commands.execute(new RecordContact(envelope, request));
  }
}
