import type { CustomerEvent } from '@retention/customer';
import type { FeedEvent } from '@retention/projections';

const CUSTOMER_STREAM = 'customer-';

/** The customer whose stream the event is in; null for the calendar. */
export function customerIdOf(event: FeedEvent): string | null {
  return event.streamId.startsWith(CUSTOMER_STREAM) ? event.streamId.slice(CUSTOMER_STREAM.length) : null;
}

/** The payload of an event in a customer's stream: it was written from this union, by this product. */
export function customerEventOf(event: FeedEvent): CustomerEvent {
  return event.data as CustomerEvent;
}
