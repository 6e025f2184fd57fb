import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ApiProperty } from '@nestjs/swagger';
import { withDecimalAmounts } from '@retention/contracts';
import { isDecision } from '@retention/customer';
import type { CustomerEvent } from '@retention/customer';
import type { RecordedEvent } from '@retention/event-store';
import { streamOf } from '@retention/ingestion';
import type { Origin } from '@retention/ingestion';
import { RUNTIME } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { OriginAnswer } from '../facts/origin-answer.js';
import { placeOf } from '../paging/cursor.js';
import { NextPage, pageOf, PageRequest } from '../paging/page.js';
import { isVersion } from './stream-version.js';
import { unknownCustomer } from './unknown-customer.js';

export class TimelineEvent {
  @ApiProperty({ type: 'integer', description: 'Place in the history of the customer: 1, 2, 3 … without holes.' })
  version!: number;

  @ApiProperty({ example: 'points-awarded' })
  type!: string;

  @ApiProperty({ enum: ['fact', 'decision'], description: 'What was reported, or what followed from it.' })
  kind!: 'fact' | 'decision';

  @ApiProperty({ format: 'date-time', description: 'When the product learned of it.' })
  recordedAt!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Of a fact: `<source>#<id>` of its message.' })
  factId!: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Of a fact: when it happened in business.',
  })
  occurredAt!: string | null;

  @ApiProperty({ type: OriginAnswer, nullable: true, description: 'Of a fact: where its message came in.' })
  origin!: OriginAnswer | null;

  @ApiProperty({ type: [String], nullable: true, description: 'Of a decision: ids of the facts behind it.' })
  causes!: string[] | null;

  @ApiProperty({ type: String, nullable: true, description: 'Of a decision: the policy it was made under.' })
  policyVersion!: string | null;

  @ApiProperty({ type: 'object', additionalProperties: true, description: 'What it says, by its type.' })
  data!: Record<string, unknown>;
}

export class TimelinePage extends NextPage {
  @ApiProperty({ type: [TimelineEvent], description: 'Oldest first.' })
  items!: TimelineEvent[];
}

export class ReadTimeline extends Query<TimelinePage> {
  constructor(
    readonly customerId: string,
    readonly request: PageRequest,
  ) {
    super();
  }
}

@QueryHandler(ReadTimeline)
export class ReadTimelineHandler implements IQueryHandler<ReadTimeline, TimelinePage> {
  constructor(@Inject(RUNTIME) private readonly runtime: Runtime) {}

  async execute({ customerId, request: { limit, cursor } }: ReadTimeline): Promise<TimelinePage> {
    const list = `timeline:${customerId}`;
    const after = placeOf(list, cursor, isVersion) ?? 0;
    const events = await this.runtime.store.readStream(streamOf(customerId), after, limit + 1);
    if (events.length === 0 && after === 0) throw unknownCustomer();
    return pageOf(events, limit, list, { item: timelineEvent, place: ({ version }) => version });
  }
}

function timelineEvent({ version, recordedAt, origin, payload }: RecordedEvent): TimelineEvent {
  const event = JSON.parse(payload) as CustomerEvent;
  const common = { version, type: event.type, recordedAt: new Date(recordedAt).toISOString() };
  if (isDecision(event)) {
    const { type: _type, causes, policyVersion, ...data } = event;
    const ofFact = { factId: null, occurredAt: null, origin: null };
    return {
      ...common,
      kind: 'decision',
      ...ofFact,
      causes: [...causes],
      policyVersion,
      data: withDecimalAmounts(data),
    };
  }
  const { type: _type, factId, occurredAt, ...data } = event;
  return {
    ...common,
    kind: 'fact',
    factId,
    occurredAt: new Date(occurredAt).toISOString(),
    origin: origin === null ? null : (JSON.parse(origin) as Origin),
    causes: null,
    policyVersion: null,
    data: withDecimalAmounts(data),
  };
}
