import { Inject, Injectable } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { OUTCOME_STATUSES, REJECTION_CODES } from '@retention/ingestion';
import type { Outcome, OutcomeStatus, RejectionCode } from '@retention/ingestion';
import { FactOutcomes, RUNTIME } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';

export class FactOutcome {
  @ApiProperty({ type: 'integer', description: 'Place among the facts of the request, from 0.' })
  index!: number;

  @ApiProperty({
    enum: OUTCOME_STATUSES,
    description:
      '`accepted`: it has taken effect. `parked`: it is kept and waits for another fact. `duplicate`: the same is known ' +
      'already. `conflicting-duplicate` and `refused`: it is kept as a dead letter and has no effect.',
  })
  status!: OutcomeStatus;

  @ApiProperty({ type: String, nullable: true, description: '`<source>#<id>`; null when it could not be read.' })
  factId!: string | null;

  @ApiPropertyOptional({ enum: REJECTION_CODES, description: 'Why it was refused.' })
  code?: RejectionCode;

  @ApiPropertyOptional({ type: String, description: 'Path of the field at fault, where there is one.' })
  field?: string;

  @ApiPropertyOptional({ description: 'The same for a person.' })
  reason?: string;
}

export class FactCounts {
  @ApiProperty({ type: 'integer' })
  accepted!: number;

  @ApiProperty({ type: 'integer' })
  parked!: number;

  @ApiProperty({ type: 'integer' })
  duplicate!: number;

  @ApiProperty({ type: 'integer' })
  'conflicting-duplicate'!: number;

  @ApiProperty({ type: 'integer' })
  refused!: number;
}

export class FactsAnswer {
  @ApiProperty({ type: [FactOutcome], description: 'What became of each fact, in order.' })
  outcomes!: FactOutcome[];

  @ApiProperty({ type: FactCounts })
  counts!: FactCounts;
}

/** The HTTP door: hands facts to the writer as they came, and says what became of them once they are durable. */
@Injectable()
export class FactsDoor {
  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    private readonly taken: FactOutcomes,
  ) {
    taken.open('http');
  }

  /** Takes all of them or, when it throws, none that may be assumed. Sending the same again is always safe. */
  async take(facts: readonly Buffer[], requestId: string): Promise<FactsAnswer> {
    const items = facts.map((bytes, index) => {
      return { kind: 'message' as const, bytes, origin: { door: 'http' as const, request: requestId, index } };
    });
    const outcomes = items.length === 0 ? [] : await this.runtime.writer.submit({ items, advances: [] });
    const counts: FactCounts = { accepted: 0, parked: 0, duplicate: 0, 'conflicting-duplicate': 0, refused: 0 };
    for (const { status } of outcomes) counts[status] += 1;
    this.taken.count('http', outcomes);
    return { outcomes: outcomes.map(factOutcome), counts };
  }
}

function factOutcome(outcome: Outcome, index: number): FactOutcome {
  const { status, factId } = outcome;
  if (!('code' in outcome)) return { index, status, factId };
  const { code, field, reason } = outcome;
  return { index, status, factId, code, ...(field === null ? {} : { field }), reason };
}
