import { decisionEvent } from '@retention/contracts';
import type { RecordedEvent } from '@retention/event-store';
import { customerOf } from '@retention/ingestion';
import type { OutgoingRecord } from '@retention/platform';

/** CloudEvents in structured mode. */
const HEADERS = { 'content-type': 'application/cloudevents+json; charset=UTF-8' };

/** The Kafka record of a decision. Pure: the same event always gives the same bytes, so a repetition can be known. */
export function decisionRecord({ streamId, version, recordedAt, type, payload }: RecordedEvent): OutgoingRecord {
  const customerId = customerOf(streamId);
  if (customerId === null) throw new Error(`${type} in ${streamId}, which is no customer's stream`);
  return { key: customerId, value: decisionEvent({ customerId, version, recordedAt, payload }), headers: HEADERS };
}
