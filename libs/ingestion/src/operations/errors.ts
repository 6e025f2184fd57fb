import type { KeptDeadLetter, Resolution } from '../queries.js';

/** There is no dead letter of that id. */
export class UnknownDeadLetter extends Error {
  override readonly name = 'UnknownDeadLetter';
  constructor(readonly id: string) {
    super(`there is no dead letter ${id}`);
  }
}

/** Somebody has dealt with the letter already; the message says who, when and how. Nothing was done. */
export class DeadLetterAlreadyResolved extends Error {
  override readonly name = 'DeadLetterAlreadyResolved';
  readonly id: string;
  readonly resolution: Resolution;
  readonly resolvedBy: string | null;
  readonly resolvedAt: Date | null;

  constructor({ id, resolution, resolvedBy, resolvedAt }: KeptDeadLetter & { readonly resolution: Resolution }) {
    const when = resolvedAt === null ? '' : ` at ${resolvedAt.toISOString()}`;
    super(`dead letter ${id} was ended before: ${resolution}, by ${resolvedBy ?? 'nobody known'}${when}`);
    this.id = id;
    this.resolution = resolution;
    this.resolvedBy = resolvedBy;
    this.resolvedAt = resolvedAt;
  }
}

/** The letter names a fact that is in its customer's stream, contradicted there: there is nothing to send again. */
export class DeadLetterWithoutMessage extends Error {
  override readonly name = 'DeadLetterWithoutMessage';
  constructor(readonly id: string) {
    super(`dead letter ${id} is of a fact kept in its customer's stream, there is no message to send: discard it`);
  }
}

/** The customer is not parked: they are decided, or there is no such customer. */
export class CustomerNotParked extends Error {
  override readonly name = 'CustomerNotParked';
  constructor(readonly customerId: string) {
    super(`customer ${customerId} is not parked`);
  }
}
