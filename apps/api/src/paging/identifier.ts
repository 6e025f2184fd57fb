import { LIMITS } from '@retention/contracts';
import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';

/** Ids of the upstream contract. Nothing else can be in the store, and some of it not even in a query to it. */
const IDENTIFIER = new RegExp(`^[A-Za-z0-9._:-]{1,${LIMITS.identifierLength}}$`);

export function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && IDENTIFIER.test(value);
}

/** An optional id of the query. */
export function Identifier(description: string): PropertyDecorator {
  const message = `$property must be an id: 1 to ${LIMITS.identifierLength} letters, digits or . _ : -`;
  return applyDecorators(
    ApiPropertyOptional({ type: String, pattern: IDENTIFIER.source, description }),
    IsOptional(),
    Matches(IDENTIFIER, { message }),
  );
}
