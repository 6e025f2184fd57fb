import { isDecisionType } from '@retention/customer';
import type { Decision } from '@retention/customer';
import type { FeedEvent } from '@retention/projections';

const CUSTOMER_STREAM = 'customer-';

/** The customer whose stream the event is in; null for the calendar. */
export function customerIdOf(event: FeedEvent): string | null {
  return event.streamId.startsWith(CUSTOMER_STREAM) ? event.streamId.slice(CUSTOMER_STREAM.length) : null;
}

/**
 * The decision an event in a customer's stream is; null for a fact, which is then not even parsed.
 * @throws TypeError when the payload is of no decision of that type: a fold that went on would forget what came before.
 */
export function decisionOf(event: FeedEvent): Decision | null {
  if (!isDecisionType(event.type)) return null;
  // Its payload was written from this union, by this product; what it says of its type tells whether it still is.
  const decision = event.data as Decision | null;
  if (decision?.type !== event.type) throw new TypeError(`the payload of ${event.type} is damaged`);
  return decision;
}
