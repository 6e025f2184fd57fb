import { Inject, Injectable } from '@nestjs/common';
import { OUTCOME_STATUSES } from '@retention/ingestion';
import type { Origin, Outcome } from '@retention/ingestion';
import { Counter, Registry } from 'prom-client';

/** Counts what became of the facts that came in through the doors of this process. */
@Injectable()
export class FactOutcomes {
  private readonly counter: Counter<'door' | 'outcome'>;

  constructor(@Inject(Registry) metrics: Registry) {
    this.counter = new Counter({
      name: 'retention_facts_total',
      help: 'Facts taken in, by door and by what became of them',
      labelNames: ['door', 'outcome'],
      registers: [metrics],
    });
  }

  /** Makes the counts of a door visible before the first fact: a rate needs the 0 it rises from. */
  open(door: Origin['door']): void {
    for (const outcome of OUTCOME_STATUSES) this.counter.inc({ door, outcome }, 0);
  }

  count(door: Origin['door'], outcomes: readonly Outcome[]): void {
    for (const { status } of outcomes) this.counter.inc({ door, outcome: status });
  }
}
