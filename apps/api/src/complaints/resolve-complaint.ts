import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { MessageField } from '../people/message-field.js';
import { PersonRequest } from '../people/person-request.js';
import type { ReportAnswer } from '../people/report-answer.js';
import { ReportDoor } from '../people/report-door.js';
import type { ReportEnvelope } from '../people/report-envelope.js';

const MESSAGE = 'lending.complaint.resolved.v1';

export class ResolveComplaintRequest extends PersonRequest {
  @MessageField(MESSAGE, 'resolvedOn', { example: '2024-08-06' })
  resolvedOn!: string;

  @MessageField(MESSAGE, 'satisfied', { description: 'What the customer said; left out when nobody asked.' })
  satisfied?: boolean | null;
}

/** A complaint is settled. */
export class ResolveComplaint extends Command<ReportAnswer> {
  constructor(
    readonly envelope: ReportEnvelope,
    readonly complaintId: string,
    readonly request: ResolveComplaintRequest,
  ) {
    super();
  }
}

@CommandHandler(ResolveComplaint)
export class ResolveComplaintHandler implements ICommandHandler<ResolveComplaint> {
  constructor(private readonly door: ReportDoor) {}

  execute({ envelope, complaintId, request }: ResolveComplaint): Promise<ReportAnswer> {
    const { resolvedOn, satisfied, by } = request;
    return this.door.take(envelope, request, { type: MESSAGE, data: { complaintId, resolvedOn, satisfied, by } });
  }
}
