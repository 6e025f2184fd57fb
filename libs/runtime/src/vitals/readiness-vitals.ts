import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HealthRegistry } from '@retention/platform';
import { Gauge, Registry } from 'prom-client';

/** What /health/ready says, as a metric: every check by its name, found anew at each scrape. */
@Injectable()
export class ReadinessVitals implements OnModuleInit {
  constructor(
    @Inject(HealthRegistry) private readonly health: HealthRegistry,
    @Inject(Registry) private readonly metrics: Registry,
  ) {}

  onModuleInit(): void {
    const ready: Gauge = new Gauge({
      name: 'retention_ready',
      help: '1 where a check of /health/ready is up, 0 where it is down',
      labelNames: ['check'],
      registers: [this.metrics],
      collect: async () => {
        const { checks } = await this.health.readiness();
        ready.reset();
        for (const [check, { status }] of Object.entries(checks)) ready.set({ check }, status === 'up' ? 1 : 0);
      },
    });
  }
}
