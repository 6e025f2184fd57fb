import { OmitType } from '@nestjs/swagger';
import type { Outcome } from '@retention/ingestion';
import { FactOutcome } from '../facts/take-facts.js';

/** What became of a fact that had been kept. */
export class KeptFactOutcome extends OmitType(FactOutcome, ['index']) {}

export function keptFactOutcome(outcome: Outcome): KeptFactOutcome {
  const { status, factId } = outcome;
  if (!('code' in outcome)) return { status, factId };
  const { code, field, reason } = outcome;
  return { status, factId, code, ...(field === null ? {} : { field }), reason };
}
