import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { MessageField } from '../people/message-field.js';
import { PersonRequest } from '../people/person-request.js';
import type { ReportAnswer } from '../people/report-answer.js';
import { ReportDoor } from '../people/report-door.js';
import type { ReportEnvelope } from '../people/report-envelope.js';

const MESSAGE = 'lending.contact.made.v1';

export class RecordContactRequest extends PersonRequest {
  @MessageField(MESSAGE, 'contactId', {
    isOptional: true,
    description: 'Id of the contact; without it the Idempotency-Key is the id.',
  })
  contactId?: string | null;

  @MessageField(MESSAGE, 'madeOn', { example: '2024-08-03' })
  madeOn!: string;

  @MessageField(MESSAGE, 'channel', { example: 'visit' })
  channel?: string | null;

  @MessageField(MESSAGE, 'officerId', { example: 'O-07', description: 'The officer who spoke, where it was one.' })
  officerId?: string | null;
}

/** Somebody spoke with a customer. */
export class RecordContact extends Command<ReportAnswer> {
  constructor(
    readonly envelope: ReportEnvelope,
    readonly request: RecordContactRequest,
  ) {
    super();
  }
}

@CommandHandler(RecordContact)
export class RecordContactHandler implements ICommandHandler<RecordContact> {
  constructor(private readonly door: ReportDoor) {}

  execute({ envelope, request }: RecordContact): Promise<ReportAnswer> {
    const { contactId, madeOn, channel, officerId, by } = request;
    const data = { contactId: contactId ?? envelope.key, madeOn, channel, officerId, by };
    return this.door.take(envelope, request, { type: MESSAGE, data });
  }
}
