import { Inject, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { Readings, Standstill } from '@retention/platform';
import { shardPublications } from '@retention/reactors';
import { RUNTIME, type Runtime } from '../runtime.js';
import { longest } from './longest.js';

/** How far publishing is behind the feed, where decisions are published. */
@Injectable()
class PublicationVitals implements OnModuleInit {
  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    @Inject(Readings) private readonly readings: Readings,
  ) {}

  onModuleInit(): void {
    const { config, store } = this.runtime;
    const decisions = config.kafka?.decisions ?? null;
    if (decisions === null) return;
    const { topic } = decisions;
    const standstill = new Standstill();
    this.readings.add({
      name: 'decisions',
      read: async () => {
        const shards = await shardPublications(store, decisions);
        const behind = shards.filter(({ reached, head }) => head > reached);
        const still = standstill.look(behind.map(({ shard, reached }) => ({ key: String(shard), position: reached })));
        return {
          lag: behind.reduce((lag, { reached, head }) => lag + head - reached, 0),
          still: longest(still.values()),
        };
      },
      gauges: [
        {
          name: 'retention_decisions_lag_events',
          help: 'Events of the feed whose decisions are not published yet',
          labels: ['topic'],
          figures: ({ lag }) => [{ labels: { topic }, value: lag }],
        },
        {
          name: 'retention_decisions_still_seconds',
          help: 'Longest time a shard has decisions left to publish without any progress',
          labels: ['topic'],
          figures: ({ still }) => [{ labels: { topic }, value: still }],
        },
      ],
    });
  }
}

/** Imported by every module that publishes decisions. */
@Module({ providers: [PublicationVitals] })
export class PublicationVitalsModule {}
