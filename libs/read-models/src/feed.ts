import { isDecisionType } from '@retention/customer';
import type { Decision } from '@retention/customer';
import type { FeedEvent } from '@retention/projections';

const CUSTOMER_STREAM = 'customer-';

/** The customer whose stream the event is in; null for the calendar. */
export function customerIdOf(event: FeedEvent): string | null {
  return event.streamId.startsWith(CUSTOMER_STREAM) ? event.streamId.slice(CUSTOMER_STREAM.length) : null;
}

/** The decision an event in a customer's stream is; null for a fact, which is then not even parsed. */
export function decisionOf(event: FeedEvent): Decision | null {
  // Its payload was written from this union, by this product.
  return isDecisionType(event.type) ? (event.data as Decision) : null;
}
