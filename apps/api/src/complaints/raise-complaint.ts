import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { MessageField } from '../people/message-field.js';
import { PersonRequest } from '../people/person-request.js';
import type { ReportAnswer } from '../people/report-answer.js';
import { ReportDoor } from '../people/report-door.js';
import type { ReportEnvelope } from '../people/report-envelope.js';

const MESSAGE = 'lending.complaint.raised.v1';

export class RaiseComplaintRequest extends PersonRequest {
  @MessageField(MESSAGE, 'complaintId', {
    isOptional: true,
    description: 'Id of the complaint; without it the Idempotency-Key is the id.',
  })
  complaintId?: string | null;

  @MessageField(MESSAGE, 'raisedOn', { example: '2024-08-01' })
  raisedOn!: string;

  @MessageField(MESSAGE, 'topic', { example: 'waiting time' })
  topic?: string | null;

  @MessageField(MESSAGE, 'channel', { example: 'phone' })
  channel?: string | null;
}

/** A customer complained. */
export class RaiseComplaint extends Command<ReportAnswer> {
  constructor(
    readonly envelope: ReportEnvelope,
    readonly request: RaiseComplaintRequest,
  ) {
    super();
  }
}

@CommandHandler(RaiseComplaint)
export class RaiseComplaintHandler implements ICommandHandler<RaiseComplaint> {
  constructor(private readonly door: ReportDoor) {}

  execute({ envelope, request }: RaiseComplaint): Promise<ReportAnswer> {
    const { complaintId, raisedOn, topic, channel, by } = request;
    const data = { complaintId: complaintId ?? envelope.key, raisedOn, topic, channel, by };
    return this.door.take(envelope, request, { type: MESSAGE, data });
  }
}
