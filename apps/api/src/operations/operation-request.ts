import { applyDecorators, HttpCode, UseGuards } from '@nestjs/common';
import { ApiOperation, ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { NOTE_BECAUSE_CHARACTERS_MAX, NOTE_BY_CHARACTERS_MAX } from '@retention/ingestion';
import type { OperatorNote } from '@retention/ingestion';
import { Problem } from '@retention/platform';
import { IsBoolean, IsOptional, ValidateBy } from 'class-validator';
import { ApiProblems } from '../documentation/problem-answers.js';
import { ReportAdmission } from '../people/report-admission.js';

/** What no text of a database or of an event can hold: U+0000, and half of a surrogate pair. */
const UNKEEPABLE = /[\0\p{Surrogate}]/u;

/** A text of a note, with more in it than blanks. */
function NoteText(charactersMax: number, example: string, description: string): PropertyDecorator {
  const validate = (value: unknown): boolean =>
    typeof value === 'string' && value.trim() !== '' && value.length <= charactersMax && !UNKEEPABLE.test(value);
  const defaultMessage = (): string =>
    `$property is required and must be a text of 1 to ${charactersMax} characters, well-formed and without U+0000`;
  return applyDecorators(
    ApiProperty({ type: String, minLength: 1, maxLength: charactersMax, description, example }),
    ValidateBy({ name: 'noteText', validator: { validate, defaultMessage } }),
  );
}

/** Who does something to what is kept, and why: recorded with what was done. */
export class OperationRequest {
  @NoteText(
    NOTE_BY_CHARACTERS_MAX,
    'O-07',
    'Who does it: an id by which they are known. Nobody checks it: there is no login.',
  )
  by!: string;

  @NoteText(NOTE_BECAUSE_CHARACTERS_MAX, 'the currency table was corrected', 'Why.')
  reason!: string;

  @ApiPropertyOptional({ type: Boolean, default: false, description: 'True: only say what would come of it.' })
  @IsOptional()
  @IsBoolean({ message: '$property must be true or false' })
  dryRun?: boolean;
}

export const noteOf = ({ by, reason }: OperationRequest): OperatorNote => ({ by, because: reason });

/** Puts a route that operates on what is kept into the document, with all its answers, and lets in JSON only. */
export function OperationRoute(
  route: { readonly operationId: string; readonly summary: string; readonly description?: string },
  conflict?: string,
): MethodDecorator {
  return applyDecorators(
    HttpCode(200),
    UseGuards(ReportAdmission),
    ApiOperation(route),
    ApiProblems(400, 404, ...(conflict === undefined ? [] : [{ 409: conflict }]), 413, 415, 429, 503),
  );
}

export const STREAM_NOT_PARKED = {
  slug: 'stream-not-parked',
  title: 'The read model does not stand still on it',
  status: 404,
};

/** What the library refuses to do, by the name of its error, as an answer. */
const REFUSALS: Readonly<Record<string, { readonly slug: string; readonly title: string; readonly status: number }>> = {
  UnknownDeadLetter: { slug: 'unknown-dead-letter', title: 'There is no such dead letter', status: 404 },
  DeadLetterAlreadyResolved: {
    slug: 'dead-letter-resolved',
    title: 'Somebody has dealt with the dead letter already',
    status: 409,
  },
  DeadLetterWithoutMessage: {
    slug: 'dead-letter-without-message',
    title: 'The dead letter is of a fact that was taken in: there is no message to send again',
    status: 409,
  },
  CustomerNotParked: { slug: 'customer-not-parked', title: 'No such customer is parked', status: 404 },
  StreamNotParked: STREAM_NOT_PARKED,
};

/**
 * Does it.
 * @throws Problem 404 or 409 for what the library refuses, by its name.
 */
export async function operate<Result>(operation: () => Promise<Result>): Promise<Result> {
  try {
    return await operation();
  } catch (error) {
    const refusal = error instanceof Error ? REFUSALS[error.name] : undefined;
    if (refusal === undefined || !(error instanceof Error)) throw error;
    throw new Problem({ ...refusal, detail: error.message }, { cause: error });
  }
}
