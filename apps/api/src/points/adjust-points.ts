import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { MessageField } from '../people/message-field.js';
import { PersonRequest } from '../people/person-request.js';
import type { ReportAnswer } from '../people/report-answer.js';
import { ReportDoor } from '../people/report-door.js';
import type { ReportEnvelope } from '../people/report-envelope.js';

const MESSAGE = 'lending.points.adjusted.v1';

export class AdjustPointsRequest extends PersonRequest {
  @MessageField(MESSAGE, 'points', { example: -5, description: 'Not 0. Below 0 points are taken.' })
  points!: number;

  @MessageField(MESSAGE, 'on', { example: '2024-09-01' })
  on!: string;

  @MessageField(MESSAGE, 'reason', { example: 'credited twice by mistake' })
  reason!: string;
}

/** A person with the right to do so gives or takes points. */
export class AdjustPoints extends Command<ReportAnswer> {
  constructor(
    readonly envelope: ReportEnvelope,
    readonly request: AdjustPointsRequest,
  ) {
    super();
  }
}

@CommandHandler(AdjustPoints)
export class AdjustPointsHandler implements ICommandHandler<AdjustPoints> {
  constructor(private readonly door: ReportDoor) {}

  execute({ envelope, request }: AdjustPoints): Promise<ReportAnswer> {
    const { points, on, reason, by } = request;
    return this.door.take(envelope, request, { type: MESSAGE, data: { points, on, by, reason } });
  }
}
