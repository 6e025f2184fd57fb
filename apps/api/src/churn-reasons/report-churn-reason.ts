import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { MessageField } from '../people/message-field.js';
import { PersonRequest } from '../people/person-request.js';
import type { ReportAnswer } from '../people/report-answer.js';
import { ReportDoor } from '../people/report-door.js';
import type { ReportEnvelope } from '../people/report-envelope.js';

const MESSAGE = 'lending.churn-reason.reported.v1';

export class ReportChurnReasonRequest extends PersonRequest {
  @MessageField(MESSAGE, 'reason', { example: 'rate_too_high' })
  reason!: string;

  @MessageField(MESSAGE, 'reportedOn', { example: '2025-09-01' })
  reportedOn!: string;
}

/** Somebody found out why a customer left. */
export class ReportChurnReason extends Command<ReportAnswer> {
  constructor(
    readonly envelope: ReportEnvelope,
    readonly request: ReportChurnReasonRequest,
  ) {
    super();
  }
}

@CommandHandler(ReportChurnReason)
export class ReportChurnReasonHandler implements ICommandHandler<ReportChurnReason> {
  constructor(private readonly door: ReportDoor) {}

  execute({ envelope, request }: ReportChurnReason): Promise<ReportAnswer> {
    const { reason, reportedOn, by } = request;
    const data = { reason, reportedOn, reportedBy: by };
    return this.door.take(envelope, request, { type: MESSAGE, data, names: { reportedBy: 'by' } });
  }
}
