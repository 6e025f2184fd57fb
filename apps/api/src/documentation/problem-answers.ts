import { applyDecorators } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiIncludeEndpoint,
  ApiProperty,
  ApiPropertyOptional,
  ApiResponse,
  getSchemaPath,
} from '@nestjs/swagger';

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

  @ApiPropertyOptional({ description: 'Of a fault of the server: the id under which its log has the cause.' })
  correlationId?: string;
}

const MEANINGS = {
  400: 'A parameter, the cursor or the body is not valid; `errors` or `detail` says which and why.',
  404: 'There is no such thing.',
  413: 'The body is larger than 10 MB, or has more than 10,000 facts.',
  415: 'The media type or the encoding of the body is not supported.',
  429: 'Too many facts are on their way; send the same again after `Retry-After` seconds.',
  503: 'The database cannot be reached. Nothing is claimed: send the same again after `Retry-After` seconds.',
} as const;

/** Puts a route into the document, with its answers that are no success, all of them application/problem+json. */
export function ApiProblems(...statuses: (keyof typeof MEANINGS)[]): MethodDecorator {
  const content = { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemAnswer) } } };
  const retryAfter = { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' as const } } };
  return applyDecorators(
    ApiIncludeEndpoint(),
    ApiExtraModels(ProblemAnswer),
    ...statuses.map((status) =>
      ApiResponse({
        status,
        description: MEANINGS[status],
        content,
        ...(status === 429 || status === 503 ? { headers: retryAfter } : {}),
      }),
    ),
  );
}
