import { Inject, Injectable } from '@nestjs/common';
import { streamOf, timeOfReport } from '@retention/ingestion';
import { systemClock } from '@retention/platform';
import { RUNTIME } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { unknownCustomer } from '../customers/unknown-customer.js';
import { FactsDoor } from '../facts/take-facts.js';
import type { PersonRequest } from './person-request.js';
import { type FieldNames, type ReportAnswer, reportAnswer } from './report-answer.js';
import type { ReportEnvelope } from './report-envelope.js';

/** The source of what people say: with the key of the request it is the identity of the fact, for ever. */
const SOURCE = '/retention/people';

/** What a person reports, as a message of the contract. */
export interface Report {
  /** Type of the message. */
  readonly type: string;
  /** Its data; the customer is added. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Where a field of the data stands under another name in the request. */
  readonly names?: FieldNames;
}

/** Where people's reports become facts: by the message any other system would send, through the door such messages use. */
@Injectable()
export class ReportDoor {
  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    private readonly facts: FactsDoor,
  ) {}

  /**
   * Takes a report in. The answer comes when it is durable; sending the same again is always safe.
   * @throws Problem 404 for a customer nothing is known of: a slip of the pen must not make one. And see `reportAnswer`.
   */
  async take(envelope: ReportEnvelope, { occurredAt }: PersonRequest, report: Report): Promise<ReportAnswer> {
    const { customerId, key, requestId } = envelope;
    const { store, database } = this.runtime;
    const history = await store.readStream(streamOf(customerId), 0, 1);
    if (history.length === 0) throw unknownCustomer();
    const message = {
      specversion: '1.0',
      id: key,
      source: SOURCE,
      type: report.type,
      subject: customerId,
      time: occurredAt ?? new Date(await timeOfReport(database, key, systemClock.now())).toISOString(),
      datacontenttype: 'application/json',
      data: { customerId, ...report.data },
    };
    const { outcomes } = await this.facts.take([Buffer.from(JSON.stringify(message))], requestId);
    const [outcome] = outcomes;
    if (outcome === undefined) throw new Error('the writer answered nothing about a report');
    return reportAnswer(outcome, report.names ?? {});
  }
}
