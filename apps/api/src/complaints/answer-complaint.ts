import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { MessageField } from '../people/message-field.js';
import { PersonRequest } from '../people/person-request.js';
import type { ReportAnswer } from '../people/report-answer.js';
import { ReportDoor } from '../people/report-door.js';
import type { ReportEnvelope } from '../people/report-envelope.js';

const MESSAGE = 'lending.complaint.answered.v1';

export class AnswerComplaintRequest extends PersonRequest {
  @MessageField(MESSAGE, 'answeredOn', { example: '2024-08-02' })
  answeredOn!: string;
}

/** Somebody answered a complaint. It may have been raised elsewhere, and that report may come later. */
export class AnswerComplaint extends Command<ReportAnswer> {
  constructor(
    readonly envelope: ReportEnvelope,
    readonly complaintId: string,
    readonly request: AnswerComplaintRequest,
  ) {
    super();
  }
}

@CommandHandler(AnswerComplaint)
export class AnswerComplaintHandler implements ICommandHandler<AnswerComplaint> {
  constructor(private readonly door: ReportDoor) {}

  execute({ envelope, complaintId, request }: AnswerComplaint): Promise<ReportAnswer> {
    const { answeredOn, by } = request;
    return this.door.take(envelope, request, { type: MESSAGE, data: { complaintId, answeredOn, by } });
  }
}
