import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  DEAD_LETTER_STATES,
  type DeadLetterLine,
  deadLetters,
  REJECTION_CODES,
  RESOLUTIONS,
} from '@retention/ingestion';
import type { DeadLetterState, RejectionCode, Resolution } from '@retention/ingestion';
import { RUNTIME } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { IsIn, IsOptional } from 'class-validator';
import { OriginAnswer } from '../facts/origin-answer.js';
import { placeOf } from '../paging/cursor.js';
import { NextPage, pageOf, PageRequest } from '../paging/page.js';

const LIST = 'dead-letters';

export class DeadLettersRequest extends PageRequest {
  @ApiPropertyOptional({ enum: REJECTION_CODES, description: 'Only those refused for this reason.' })
  @IsOptional()
  @IsIn(REJECTION_CODES, { message: '$property must be a code of a refusal' })
  code?: RejectionCode;

  @ApiPropertyOptional({
    enum: DEAD_LETTER_STATES,
    default: 'open',
    description: '`open`: nobody has dealt with it; `resolved`: sent again and taken in, or discarded.',
  })
  @IsIn(DEAD_LETTER_STATES, { message: '$property must be open, resolved or all' })
  state: DeadLetterState = 'open';
}

/** A refused message without its headers and body, which may hold personal data. */
export class DeadLetterSummary {
  @ApiProperty({ example: '17' })
  id!: string;

  @ApiProperty({ enum: REJECTION_CODES })
  code!: RejectionCode;

  @ApiProperty({ type: String, nullable: true, description: 'Path of the field at fault, where there is one.' })
  field!: string | null;

  @ApiProperty()
  reason!: string;

  @ApiProperty({ type: String, nullable: true, description: '`<source>#<id>`; null when it could not be read.' })
  factId!: string | null;

  @ApiProperty({ type: OriginAnswer, description: 'Where it came in first.' })
  origin!: OriginAnswer;

  @ApiProperty({ type: 'integer', description: 'How often the same bytes were refused for the same reason.' })
  seen!: number;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Null for a message without a value.' })
  bodyBytes!: number | null;

  @ApiProperty({ format: 'date-time' })
  recordedAt!: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When it was handed to the dead-letter topic, for messages from Kafka.',
  })
  publishedAt!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Of `customer-cannot-be-decided`: whose fact it is; it is taken in when the customer is retried.',
  })
  customerId!: string | null;

  @ApiProperty({
    type: String,
    enum: RESOLUTIONS,
    nullable: true,
    description: 'How it ended: what became of it when it was sent again, or that it was discarded. Null: it is open.',
  })
  resolution!: Resolution | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  resolvedAt!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Who had it sent again, or discarded it.' })
  resolvedBy!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Why.' })
  resolvedBecause!: string | null;
}

export class DeadLettersPage extends NextPage {
  @ApiProperty({ type: [DeadLetterSummary], description: 'Oldest first.' })
  items!: DeadLetterSummary[];
}

export class ListDeadLetters extends Query<DeadLettersPage> {
  constructor(readonly request: DeadLettersRequest) {
    super();
  }
}

@QueryHandler(ListDeadLetters)
export class ListDeadLettersHandler implements IQueryHandler<ListDeadLetters, DeadLettersPage> {
  constructor(@Inject(RUNTIME) private readonly runtime: Runtime) {}

  async execute({ request: { limit, cursor, code, state } }: ListDeadLetters): Promise<DeadLettersPage> {
    const afterId = placeOf(LIST, cursor, isDeadLetterId);
    const rows = await deadLetters(this.runtime.database, { afterId, limit: limit + 1, code: code ?? null, state });
    return pageOf(rows, limit, LIST, { item: deadLetterSummary, place: ({ id }) => id });
  }
}

export function deadLetterSummary(letter: DeadLetterLine): DeadLetterSummary {
  const { id, code, field, reason, factId, origin, seen, bodyBytes, customerId } = letter;
  const { recordedAt, publishedAt, resolution, resolvedAt, resolvedBy, resolvedBecause } = letter;
  return {
    ...{ id, code, field, reason, factId, origin, seen, bodyBytes },
    recordedAt: recordedAt.toISOString(),
    publishedAt: publishedAt?.toISOString() ?? null,
    ...{ customerId, resolution, resolvedAt: resolvedAt?.toISOString() ?? null, resolvedBy, resolvedBecause },
  };
}

function isDeadLetterId(value: unknown): value is string {
  return typeof value === 'string' && /^[1-9]\d{0,17}$/.test(value);
}
