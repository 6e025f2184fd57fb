import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { WriteAdmission } from './write-admission.js';

/** When connections that are still open are cut: nobody can be answered after that. */
const ANSWERED_WITHIN_MS = 5_000;

/** Lets nothing in that writes, and keeps the process listening until what was let in has its answer. */
@Injectable()
export class GracefulEnd implements BeforeApplicationShutdown {
  constructor(private readonly admission: WriteAdmission) {}

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.race([this.admission.close(), delay(ANSWERED_WITHIN_MS, undefined, { ref: false })]);
  }
}
