import { applyDecorators } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiIncludeEndpoint,
  ApiProperty,
  ApiPropertyOptional,
  ApiResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import { REFUSAL_CODES, type RefusalCode } from '@retention/contracts';

export class FieldErrorAnswer {
  @ApiProperty({ example: 'limit' })
  field!: string;

  @ApiProperty({ example: 'limit must be a whole number from 1 to 200' })
  reason!: string;
}

/** RFC 9457. */
export class ProblemAnswer {
  @ApiProperty({ example: '/problems/validation-failed', description: 'Stable: switch on this, never on the words.' })
  type!: string;

  @ApiProperty()
  title!: string;

  @ApiProperty({ type: 'integer' })
  status!: number;

  @ApiPropertyOptional({ description: 'What was wrong this time.' })
  detail?: string;

  @ApiPropertyOptional({ type: [FieldErrorAnswer], description: 'Of `validation-failed`: every field at fault.' })
  errors?: FieldErrorAnswer[];

  @ApiPropertyOptional({ enum: REFUSAL_CODES, description: 'Of `report-refused`: the rule that is broken.' })
  code?: RefusalCode;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'Of `report-refused`: the field of the request.' })
  field?: string | null;

  @ApiPropertyOptional({ description: 'Of `report-refused`: the same for a person.' })
  reason?: string;

  @ApiPropertyOptional({ description: 'Of `conflicting-duplicate`: id of the fact that stands.' })
  factId?: string;

  @ApiPropertyOptional({ description: 'Of a fault of the server: the id under which its log has the cause.' })
  correlationId?: string;
}

const MEANINGS = {
  400: 'A parameter, the cursor or the body is not valid; `errors` or `detail` says which and why.',
  404: 'There is no such thing.',
  409: 'The Idempotency-Key was used for another report, which stands.',
  413: 'The body is larger than 10 MB (100 KB of a report), or has more than 10,000 facts.',
  415: 'The media type or the encoding of the body is not supported.',
  422: 'The contract refuses a value: `code`, `field` and `reason` say which and why.',
  429: 'Too many facts are on their way, and nothing of this request was taken; send the same again after `Retry-After` seconds, in which what is under way will be done.',
  503: 'The database cannot be reached, or the process is about to stop. Nothing is claimed: send the same again after `Retry-After` seconds.',
} as const;

type Status = keyof typeof MEANINGS;

/**
 * Puts a route into the document, with its answers that are no success, all of them application/problem+json. A status
 * that means something of its own at the route is given with it.
 */
export function ApiProblems(...answers: (Status | Partial<Record<Status, string>>)[]): MethodDecorator {
  const content = { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemAnswer) } } };
  const retryAfter = { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' as const } } };
  const meanings = answers.flatMap((answer) =>
    typeof answer === 'number'
      ? [{ status: answer, description: MEANINGS[answer] }]
      : Object.entries(answer).map(([status, description]) => ({ status: Number(status), description })),
  );
  return applyDecorators(
    ApiIncludeEndpoint(),
    ApiExtraModels(ProblemAnswer),
    ...meanings.map(({ status, description }) =>
      ApiResponse({
        status,
        description,
        content,
        ...(status === 429 || status === 503 ? { headers: retryAfter } : {}),
      }),
    ),
  );
}
