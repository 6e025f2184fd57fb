import { isUtf8 } from 'node:buffer';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { deadLetter } from '@retention/ingestion';
import { Problem } from '@retention/platform';
import { RUNTIME } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { DeadLetterSummary, deadLetterSummary } from './dead-letter-list.js';

/** Bytes as they came: as text when they are UTF-8, else in base64. */
export class KeptBytes {
  @ApiPropertyOptional()
  text?: string;

  @ApiPropertyOptional({ format: 'byte' })
  base64?: string;
}

@ApiExtraModels(KeptBytes)
export class DeadLetterAnswer extends DeadLetterSummary {
  @ApiProperty({ type: KeptBytes, nullable: true, description: 'Null for a message without a value.' })
  body!: KeptBytes | null;

  @ApiProperty({ type: 'object', additionalProperties: { $ref: getSchemaPath(KeptBytes) } })
  headers!: Record<string, KeptBytes>;
}

export class ShowDeadLetter extends Query<DeadLetterAnswer> {
  constructor(readonly id: string) {
    super();
  }
}

@QueryHandler(ShowDeadLetter)
export class ShowDeadLetterHandler implements IQueryHandler<ShowDeadLetter, DeadLetterAnswer> {
  constructor(@Inject(RUNTIME) private readonly runtime: Runtime) {}

  async execute({ id }: ShowDeadLetter): Promise<DeadLetterAnswer> {
    const letter = await deadLetter(this.runtime.database, id);
    if (letter === null) {
      throw new Problem({ slug: 'unknown-dead-letter', title: 'There is no such dead letter', status: 404 });
    }
    const body = letter.body === null ? null : keptBytes(letter.body);
    return Object.assign(deadLetterSummary(letter), { body, headers: letter.headers });
  }
}

function keptBytes(bytes: Buffer): KeptBytes {
  return isUtf8(bytes) ? { text: bytes.toString('utf8') } : { base64: bytes.toString('base64') };
}
