import { Inject, Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { lastEndedDay } from '@retention/contracts';
import { dayClosed, lastClosedDay } from '@retention/ingestion';
import { systemClock } from '@retention/platform';
import { RUNTIME } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { setTimeout as delay } from 'node:timers/promises';

/** A day that has ended is closed within this time. */
const LOOK_EVERY_MS = 60_000;

/**
 * Closes business days as they end in the business time zone, where CLOSE_DAYS=auto asks for it. Days that ended while
 * nothing ran are closed with the last of them. Several processes may do so: a day is closed once.
 */
@Injectable()
export class DayService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('DayService');
  private readonly stopping = new AbortController();
  private looking: Promise<void> = Promise.resolve();

  constructor(@Inject(RUNTIME) private readonly runtime: Runtime) {}

  onApplicationBootstrap(): void {
    if (this.runtime.config.business.closesDays) this.looking = this.look();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.looking;
  }

  private async look(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.closeEnded();
      } catch (error) {
        this.logger.error({ err: error, msg: 'the business day could not be closed; tried again' });
      }
      await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private async closeEnded(): Promise<void> {
    const { config, database, writer } = this.runtime;
    const day = lastEndedDay(config.business.timeZone, systemClock.now());
    if (day <= ((await lastClosedDay(database)) ?? '')) return;
    await writer.submit({ items: [dayClosed(day, 'scheduler')], advances: [] });
    this.logger.log({ day, msg: `business day ${day} is closed` });
  }
}
