import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { MessageField } from '../people/message-field.js';
import { PersonRequest } from '../people/person-request.js';
import type { ReportAnswer } from '../people/report-answer.js';
import { ReportDoor } from '../people/report-door.js';
import type { ReportEnvelope } from '../people/report-envelope.js';

const MESSAGE = 'lending.survey.answered.v1';

export class RecordSurveyRequest extends PersonRequest {
  @MessageField(MESSAGE, 'surveyId', {
    isOptional: true,
    description: 'Id of the survey; without it the Idempotency-Key is the id.',
  })
  surveyId?: string | null;

  @MessageField(MESSAGE, 'answeredOn', { example: '2024-08-02' })
  answeredOn!: string;

  @MessageField(MESSAGE, 'score', { example: 4, description: '1 is the worst, 5 the best.' })
  score!: number;

  @MessageField(MESSAGE, 'channel', { example: 'message' })
  channel?: string | null;
}

/** A customer answered a survey. */
export class RecordSurvey extends Command<ReportAnswer> {
  constructor(
    readonly envelope: ReportEnvelope,
    readonly request: RecordSurveyRequest,
  ) {
    super();
  }
}

@CommandHandler(RecordSurvey)
export class RecordSurveyHandler implements ICommandHandler<RecordSurvey> {
  constructor(private readonly door: ReportDoor) {}

  execute({ envelope, request }: RecordSurvey): Promise<ReportAnswer> {
    const { surveyId, answeredOn, score, channel, by } = request;
    const data = { surveyId: surveyId ?? envelope.key, answeredOn, score, channel, by };
    return this.door.take(envelope, request, { type: MESSAGE, data });
  }
}
