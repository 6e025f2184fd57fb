import type { Decision } from '@retention/customer';
import { withDecimalAmounts } from '../money/decimal-amounts.js';
import { publishedSchemaId, publishedType } from './published-decisions.js';

export const DECISION_SOURCE = '/retention';

/** What is the same in all published decisions: CloudEvents 1.0. */
export interface DecisionEnvelope {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: typeof DECISION_SOURCE;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly dataschema: string;
  readonly data: object;
}

/** A decision as it stands in the stream of its customer. */
export interface RecordedDecision {
  readonly customerId: string;
  /** Place in the stream. */
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly recordedAt: number;
  readonly payload: string;
}

/**
 * A decision as the world outside gets it: a CloudEvent in JSON. Pure and without a clock, so that publishing it again
 * gives the same bytes.
 */
export function decisionEvent({ customerId, version, recordedAt, payload }: RecordedDecision): string {
  const { type, ...fields } = JSON.parse(payload) as Decision;
  const event: DecisionEnvelope = {
    specversion: '1.0',
    id: `${customerId}@${String(version)}`,
    source: DECISION_SOURCE,
    type: publishedType(type),
    subject: customerId,
    time: new Date(recordedAt).toISOString(),
    datacontenttype: 'application/json',
    dataschema: publishedSchemaId(type),
    data: { ...withDecimalAmounts(fields), streamVersion: version },
  };
  return JSON.stringify(event);
}
