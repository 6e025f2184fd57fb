import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import { WriteAdmission } from './write-admission.js';

/** What an operator watches of requests that write: how much of the bounds is taken, and how many were sent away. */
@Injectable()
export class WriteVitals implements OnModuleInit {
  constructor(
    private readonly admission: WriteAdmission,
    @Inject(Registry) private readonly metrics: Registry,
  ) {}

  onModuleInit(): void {
    const { admission } = this;
    const registers = [this.metrics];
    const underWay: Gauge<'of'> = new Gauge({
      name: 'retention_http_writes_in_flight',
      help: 'Requests that write and have no answer yet, the bytes their bodies can come to, and their facts',
      labelNames: ['of'],
      registers,
      collect: () => {
        const { requests, bytes, facts } = admission.statistics();
        underWay.set({ of: 'requests' }, requests);
        underWay.set({ of: 'bytes' }, bytes);
        underWay.set({ of: 'facts' }, facts);
      },
    });
    const refused: Counter = new Counter({
      name: 'retention_http_writes_refused_total',
      help: 'Requests that write and were sent away with 429, nothing of them taken',
      registers,
      collect: () => {
        refused.reset();
        refused.inc(admission.statistics().refused);
      },
    });
  }
}
