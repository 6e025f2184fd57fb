import { Inject, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { publicationLag } from '@retention/reactors';
import { Gauge, Registry } from 'prom-client';
import { RUNTIME, type Runtime } from '../runtime.js';

/** How far publishing is behind the feed, where decisions are published. */
@Injectable()
class PublicationVitals implements OnModuleInit {
  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    @Inject(Registry) private readonly metrics: Registry,
  ) {}

  onModuleInit(): void {
    const { config, store } = this.runtime;
    const decisions = config.kafka?.decisions ?? null;
    if (decisions === null) return;
    const gauge: Gauge = new Gauge({
      name: 'retention_decisions_lag_events',
      help: 'Events of the feed whose decisions are not published yet',
      labelNames: ['topic'],
      registers: [this.metrics],
      collect: async () => {
        const lag = await publicationLag(store, decisions).catch(() => null);
        // An old figure would look like a fresh one: while the database is away there is none.
        gauge.reset();
        if (lag !== null) gauge.set({ topic: decisions.topic }, lag);
      },
    });
  }
}

/** Imported by every module that publishes decisions. */
@Module({ providers: [PublicationVitals] })
export class PublicationVitalsModule {}
