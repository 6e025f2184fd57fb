import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { MessageField } from '../people/message-field.js';
import { PersonRequest } from '../people/person-request.js';
import type { ReportAnswer } from '../people/report-answer.js';
import { ReportDoor } from '../people/report-door.js';
import type { ReportEnvelope } from '../people/report-envelope.js';

const MESSAGE = 'lending.gift.handed-over.v1';

export class HandOverGiftRequest extends PersonRequest {
  @MessageField(MESSAGE, 'handedOverOn', { example: '2024-08-10' })
  handedOverOn!: string;
}

/** The gift owed for a referral was given to the customer who referred. */
export class HandOverGift extends Command<ReportAnswer> {
  constructor(
    readonly envelope: ReportEnvelope,
    readonly referredId: string,
    readonly request: HandOverGiftRequest,
  ) {
    super();
  }
}

@CommandHandler(HandOverGift)
export class HandOverGiftHandler implements ICommandHandler<HandOverGift> {
  constructor(private readonly door: ReportDoor) {}

  execute({ envelope, referredId, request }: HandOverGift): Promise<ReportAnswer> {
    const { handedOverOn, by } = request;
    return this.door.take(envelope, request, { type: MESSAGE, data: { referredId, handedOverOn, by } });
  }
}
