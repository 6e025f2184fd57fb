import type { ValidationError } from 'class-validator';

/** RFC 9457. `type` is a relative reference, stable once published: clients switch on it, never on the words. */
export interface ProblemDetails {
  readonly type: `/problems/${string}`;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly [extension: string]: unknown;
}

export interface ProblemInit {
  /** The stable name, kebab-case: `type` is `/problems/<slug>`. */
  readonly slug: string;
  /** The same for every occurrence of the slug. */
  readonly title: string;
  readonly status: number;
  /** What was wrong this time, for the person who sent it. */
  readonly detail?: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
  /** E.g. Retry-After, Allow, WWW-Authenticate. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer other than success, thrown at the API's edge and written by ProblemFilter. Domain code does not know it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly details: ProblemDetails;
  readonly headers: Readonly<Record<string, string>>;

  constructor(init: ProblemInit, options?: ErrorOptions) {
    super(init.detail ?? init.title, options);
    const { slug, title, status, detail, extensions } = init;
    const given = { type: `/problems/${slug}` as const, title, status, ...(detail === undefined ? {} : { detail }) };
    this.details = { ...given, ...extensions, ...given };
    this.headers = init.headers ?? {};
  }
}

export interface FieldError {
  /** Path from the top of the request, e.g. `schedule[0].dueOn`. */
  readonly field: string;
  readonly reason: string;
}

/** 400 with every field that is wrong and why. Sent values are not repeated: they may be somebody's telephone number. */
export function invalidFields(errors: readonly FieldError[]): Problem {
  return new Problem({
    slug: 'validation-failed',
    title: 'The request has fields that are not valid',
    status: 400,
    extensions: { errors },
  });
}

/** class-validator's tree of faults as a Problem: the exceptionFactory of a ValidationPipe. */
export function validationProblem(errors: readonly ValidationError[]): Problem {
  return invalidFields(errors.flatMap((error) => fieldErrors(error, '')));
}

function fieldErrors({ property, constraints, children }: ValidationError, parent: string): FieldError[] {
  const isIndex = /^\d+$/.test(property);
  const field = isIndex ? `${parent}[${property}]` : parent === '' ? property : `${parent}.${property}`;
  const own = Object.values(constraints ?? {}).map((reason) => ({ field, reason }));
  return [...own, ...(children ?? []).flatMap((child) => fieldErrors(child, field))];
}
