import { ApiProperty } from '@nestjs/swagger';
import { Problem } from '@retention/platform';
import type { FactOutcome } from '../facts/take-facts.js';
import { IDEMPOTENCY_KEY } from './report-envelope.js';

const STATUSES = ['accepted', 'parked', 'duplicate'] as const;

export class ReportAnswer {
  @ApiProperty({
    example: '/retention/people#0b9f6c1e',
    description: 'Id of the fact: stands in the timeline and in `causes`.',
  })
  factId!: string;

  @ApiProperty({
    enum: STATUSES,
    description:
      '`accepted`: it has taken effect as far as it has any. `parked`: it is kept and waits for the registration of the ' +
      'customer. `duplicate`: the same request came before.',
  })
  status!: (typeof STATUSES)[number];
}

/** Names of the request for fields of the message that are called otherwise there. */
export type FieldNames = Readonly<Record<string, string>>;

/**
 * What a person is told became of the report.
 * @throws Problem 409 when the key was used for something else, 422 when the contract refuses a value.
 */
export function reportAnswer({ status, factId, code, field, reason }: FactOutcome, names: FieldNames): ReportAnswer {
  if (status === 'conflicting-duplicate') {
    throw new Problem({
      slug: 'conflicting-duplicate',
      title: `The ${IDEMPOTENCY_KEY} was used for another report, which stands`,
      status: 409,
      extensions: { factId },
    });
  }
  if (status === 'refused' || factId === null) {
    const name = field === undefined ? null : nameInRequest(field, names);
    const sentence =
      field !== undefined && reason?.startsWith(field) ? `${name ?? ''}${reason.slice(field.length)}` : reason;
    throw new Problem({
      slug: 'report-refused',
      title: 'The report breaks a rule of the contract',
      status: 422,
      extensions: { code, field: name, reason: sentence },
    });
  }
  return { factId, status };
}

function nameInRequest(field: string, names: FieldNames): string {
  if (field === 'time') return 'occurredAt';
  const inData = field.replace(/^data\./, '');
  return names[inData] ?? inData;
}
