import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { invalidFields } from '@retention/platform';
import type { Request } from 'express';
import { unknownCustomer } from '../customers/unknown-customer.js';
import { IDENTIFIER_RULE, isIdentifier } from '../paging/identifier.js';

export const IDEMPOTENCY_KEY = 'Idempotency-Key';

/** Under what a report comes in: whom it is about, the key that makes a repeat known, and the request. */
export interface ReportEnvelope {
  readonly customerId: string;
  readonly key: string;
  readonly requestId: string;
}

/**
 * The envelope of the request that is handled.
 * @throws Problem 404 for a customer nobody can be, 400 without a key.
 */
export const Envelope = createParamDecorator((_: unknown, context: ExecutionContext): ReportEnvelope => {
  const request = context.switchToHttp().getRequest<Request & { readonly id: string }>();
  const { customerId } = request.params;
  if (!isIdentifier(customerId)) throw unknownCustomer();
  const key = request.get(IDEMPOTENCY_KEY);
  if (!isIdentifier(key)) {
    const reason = `${IDEMPOTENCY_KEY} is required as a header and ${IDENTIFIER_RULE}`;
    throw invalidFields([{ field: IDEMPOTENCY_KEY, reason }]);
  }
  return { customerId, key, requestId: request.id };
});
