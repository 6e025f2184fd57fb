import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsOptional, ValidateBy } from 'class-validator';

/** An optional whole number of the query, in plain digits: `1e2`, `0x10`, `7.0` and ` 7` are refused. */
export function WholeNumber(bounds: {
  readonly min: number;
  readonly max: number;
  readonly standard?: number;
  readonly description: string;
}): PropertyDecorator {
  const { min, max, standard, description } = bounds;
  const validate = (value: unknown): boolean => typeof value === 'number' && value >= min && value <= max;
  const defaultMessage = (): string => `$property must be a whole number from ${min} to ${max}`;
  return applyDecorators(
    ApiPropertyOptional({
      type: 'integer',
      minimum: min,
      maximum: max,
      description,
      ...(standard === undefined ? {} : { default: standard }),
    }),
    Transform(({ value }: { readonly value: unknown }) => wholeNumberOf(value)),
    IsOptional(),
    ValidateBy({ name: 'wholeNumber', validator: { validate, defaultMessage } }),
  );
}

function wholeNumberOf(value: unknown): number {
  return typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
}
