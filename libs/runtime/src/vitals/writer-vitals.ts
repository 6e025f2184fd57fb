import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import { RUNTIME, type Runtime } from '../runtime.js';

/** What an operator watches of the writer of a process. */
@Injectable()
export class WriterVitals implements OnModuleInit {
  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    @Inject(Registry) private readonly metrics: Registry,
  ) {}

  onModuleInit(): void {
    const { writer } = this.runtime;
    const registers = [this.metrics];
    const batches: Counter = new Counter({
      name: 'retention_writer_batches_total',
      help: 'Batches committed to the event store',
      registers,
      collect: () => {
        batches.reset();
        batches.inc(writer.statistics().batches);
      },
    });
    const conflicts: Counter = new Counter({
      name: 'retention_writer_conflicts_total',
      help: 'Batches decided anew because another writer had moved a stream',
      registers,
      collect: () => {
        conflicts.reset();
        conflicts.inc(writer.statistics().conflicts);
      },
    });
    const queued: Gauge = new Gauge({
      name: 'retention_writer_queued_submissions',
      help: 'Submissions that wait for the writer',
      registers,
      collect: () => queued.set(writer.statistics().queued),
    });
  }
}
