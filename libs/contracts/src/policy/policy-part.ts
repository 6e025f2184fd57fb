import type { PolicyAmount } from '@retention/customer';

/** One part of the policy document: what it has to be, and what it is for. */
export type Part =
  WholeNumberPart | DecimalPart | IdentifierPart | IdentifiersPart | DayPart | ChoicePart | AmountPart | SectionPart;

interface Explained {
  /** For a lender's analyst: a comment of the document, a description of the schema, a line of the guide. */
  readonly says: string;
  /** What null means; where nothing is said null is refused. */
  readonly off?: string;
}

export interface WholeNumberPart extends Explained {
  readonly kind: 'whole-number';
  readonly min: number;
  readonly max: number;
  readonly unit: string;
}

/** A number with decimals, of a fit. */
export interface DecimalPart extends Explained {
  readonly kind: 'decimal';
  readonly isPositive: boolean;
}

export interface IdentifierPart extends Explained {
  readonly kind: 'identifier';
}

/** A list of identifiers, none twice. */
export interface IdentifiersPart extends Explained {
  readonly kind: 'identifiers';
}

export interface DayPart extends Explained {
  readonly kind: 'day';
}

export interface ChoicePart extends Explained {
  readonly kind: 'choice';
  readonly words: readonly string[];
}

/** `{ amount: "100.00", currency: CNY }`, greater than 0. */
export interface AmountPart extends Explained {
  readonly kind: 'amount';
}

/** A section that can be null is given whole: nothing of it is taken from elsewhere. */
export interface SectionPart extends Explained {
  readonly kind: 'section';
  readonly fields: Readonly<Record<string, Part>>;
  /** Each of its numbers is greater than the one before. */
  readonly rises?: true;
}

/** The parts for every field of a type, so that the build breaks where a policy has a number the document has not. */
export type PartsOf<T> = { readonly [Name in keyof T]-?: PartOf<T[Name]> };

type PartOf<T> = PartOfValue<NonNullable<T>> & (null extends T ? { readonly off: string } : { readonly off?: never });

type PartOfValue<T> = [T] extends [number]
  ? WholeNumberPart | DecimalPart
  : [T] extends [readonly string[]]
    ? IdentifiersPart
    : [T] extends [string]
      ? IdentifierPart | DayPart | ChoicePart
      : [T] extends [PolicyAmount]
        ? AmountPart
        : Omit<SectionPart, 'fields'> & { readonly fields: PartsOf<T> };
