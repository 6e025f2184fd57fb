import { Inject, Injectable } from '@nestjs/common';
import { OUTCOME_STATUSES, REJECTION_CODES } from '@retention/ingestion';
import type { Origin, Outcome } from '@retention/ingestion';
import { Counter, Registry } from 'prom-client';

/** Counts what became of the facts that came in through the doors of this process. */
@Injectable()
export class FactOutcomes {
  private readonly facts: Counter<'door' | 'outcome'>;
  private readonly refused: Counter<'door' | 'code'>;

  constructor(@Inject(Registry) metrics: Registry) {
    this.facts = new Counter({
      name: 'retention_facts_total',
      help: 'Facts taken in, by door and by what became of them',
      labelNames: ['door', 'outcome'],
      registers: [metrics],
    });
    this.refused = new Counter({
      name: 'retention_refused_total',
      help: 'Of them: refused and kept as dead letters, repetitions included, by door and reason',
      labelNames: ['door', 'code'],
      registers: [metrics],
    });
  }

  /** Makes the counts of a door visible before the first fact: a rate needs the 0 it rises from. */
  open(door: Origin['door']): void {
    for (const outcome of OUTCOME_STATUSES) this.facts.inc({ door, outcome }, 0);
    for (const code of REJECTION_CODES) this.refused.inc({ door, code }, 0);
  }

  count(door: Origin['door'], outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) {
      this.facts.inc({ door, outcome: outcome.status });
      if ('code' in outcome) this.refused.inc({ door, code: outcome.code });
    }
  }
}
