import { LIMITS } from '@retention/contracts';
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';

/** Ids of the upstream contract. Nothing else can be in the store, and some of it not even in a query to it. */
const IDENTIFIER = new RegExp(`^[A-Za-z0-9._:-]{1,${LIMITS.identifierLength}}$`);

export const IDENTIFIER_PATTERN = IDENTIFIER.source;
/** Ends a sentence that begins with the name of the field. */
export const IDENTIFIER_RULE = `must be an id: 1 to ${LIMITS.identifierLength} letters, digits or . _ : -`;

export function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && IDENTIFIER.test(value);
}

/** An optional id of the query. */
export function Identifier(description: string): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ type: String, pattern: IDENTIFIER_PATTERN, description }),
    IsOptional(),
    Matches(IDENTIFIER, { message: `$property ${IDENTIFIER_RULE}` }),
  );
}

/** A required id of the body. */
export function RequiredIdentifier(description: string, example: string): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: String, pattern: IDENTIFIER_PATTERN, description, example }),
    Matches(IDENTIFIER, { message: `$property is required and ${IDENTIFIER_RULE}` }),
  );
}
