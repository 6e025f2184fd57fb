import type { KafkaBroker } from '@retention/testing';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../world/random.js';
import { add } from './app-place.js';
import type { ServerAct } from './chaos-plan.js';
import type { OwnPostgres } from './own-postgres.js';

const POSTGRES_AWAY_MS = [200, 2000] as const;
const BROKER_AWAY_MS = [200, 3000] as const;

/** Takes servers away and brings them back, cuts sessions. */
export class ServerChaos {
  readonly counts = new Map<ServerAct | 'backends', number>();
  private changes = 0;

  constructor(
    private readonly servers: { readonly postgres: OwnPostgres; readonly broker: KafkaBroker },
    private readonly random: Random,
  ) {}

  /** Rises each time a server goes and each time it is back: odd while one is away. */
  get outageChanges(): number {
    return this.changes;
  }

  async strike(act: ServerAct): Promise<void> {
    add(this.counts, act, 1);
    const { postgres, broker } = this.servers;
    switch (act) {
      case 'postgres-stop':
        return this.away(async () => {
          await postgres.stopImmediately();
          await delay(this.random.whole(...POSTGRES_AWAY_MS));
          await postgres.startAgain();
        });
      case 'terminate-backends':
        add(this.counts, 'backends', await postgres.terminateBackends((backends) => this.some(backends)));
        return;
      case 'broker-kill':
        return this.away(async () => {
          await broker.kill();
          await delay(this.random.whole(...BROKER_AWAY_MS));
          await broker.restart();
        });
      case 'broker-restart':
        return this.away(() => broker.restart());
    }
  }

  private async away(work: () => Promise<void>): Promise<void> {
    this.changes += 1;
    try {
      await work();
    } finally {
      this.changes += 1;
    }
  }

  /** One, a few or all. */
  private some<T>(items: readonly T[]): T[] {
    return this.random.shuffled(items).slice(0, this.random.whole(1, Math.max(1, items.length)));
  }
}
