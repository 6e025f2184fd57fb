import { Inject, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { REJECTION_CODES } from '@retention/ingestion';
import { type ReadGauge, Readings, Standstill } from '@retention/platform';
import { RUNTIME, type Runtime } from '../runtime.js';
import { COUNTED_MAX } from './counted-max.js';
import { longest } from './longest.js';
import { refusedFigures } from './refused-figures.js';
import type { RefusedFigures } from './refused-figures.js';
import { waitingFigures } from './waiting-figures.js';
import type { WaitingFigures } from './waiting-figures.js';

type Waiting = WaitingFigures & { readonly dueStillSeconds: number };

const bounded = `counted up to ${COUNTED_MAX}`;

const REFUSED: readonly ReadGauge<RefusedFigures>[] = [
  {
    name: 'retention_dead_letters_open',
    help: `Refused messages nobody has dealt with, by code; ${bounded} over all codes, the newest`,
    labels: ['code'],
    // A code that is not there is 0: an alert on it ends when it has been dealt with, and not because nobody knows.
    figures: ({ openLetters }) =>
      REJECTION_CODES.map((code) => ({ labels: { code }, value: openLetters.get(code) ?? 0 })),
  },
  one('retention_dead_letters_open_age_seconds', 'Age of the oldest of them', (of) => of.openLettersAgeSeconds),
  one(
    'retention_parked_customers',
    `Customers who cannot be decided, and whose facts are kept as dead letters; ${bounded}`,
    ({ parkedCustomers }) => parkedCustomers,
  ),
];

const WAITING: readonly ReadGauge<Waiting>[] = [
  one(
    'retention_pending_facts',
    `Facts that wait for somebody to claim their loan; ${bounded}`,
    ({ pendingFacts }) => pendingFacts.count,
  ),
  one(
    'retention_pending_facts_age_seconds',
    'How long the oldest of them has been waiting',
    ({ pendingFacts }) => pendingFacts.ageSeconds,
  ),
  one(
    'retention_due_customers',
    `Customers for whom a closed day has come, or policies have changed, and who are not decided by it yet; ${bounded}`,
    ({ due }) => due.count,
  ),
  one(
    'retention_due_customers_still_seconds',
    'How long customers have been due without one of them being decided',
    ({ dueStillSeconds }) => dueStillSeconds,
  ),
  {
    name: 'retention_unclosed_days',
    help: 'Business days that have ended since the last closed one; absent where none was ever closed',
    figures: ({ unclosedDays }) => (unclosedDays === null ? [] : [{ value: unclosedDays }]),
  },
];

/** What waits for a person, for another fact or for a day; in the processes that let in what has waited long enough. */
@Injectable()
class WaitingVitals implements OnModuleInit {
  private readonly standstill = new Standstill();

  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    @Inject(Readings) private readonly readings: Readings,
  ) {}

  onModuleInit(): void {
    this.readings.add({ name: 'refused', read: () => refusedFigures(this.runtime), gauges: REFUSED });
    this.readings.add({ name: 'waiting', read: () => this.read(), gauges: WAITING });
  }

  private async read(): Promise<Waiting> {
    const figures = await waitingFigures(this.runtime);
    const { count, position } = figures.due;
    const still = this.standstill.look(count === 0 ? [] : [{ key: 'due', position }]);
    return { ...figures, dueStillSeconds: longest(still.values()) };
  }
}

function one<Figures>(name: string, help: string, of: (figures: Figures) => number): ReadGauge<Figures> {
  return { name, help, figures: (figures) => [{ value: of(figures) }] };
}

@Module({ providers: [WaitingVitals] })
export class WaitingVitalsModule {}
