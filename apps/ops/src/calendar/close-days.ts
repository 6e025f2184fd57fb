import { lastEndedDay } from '@retention/contracts';
import { addDays } from '@retention/customer';
import type { BusinessDay } from '@retention/customer';
import { dayClosed, lastClosedDay } from '@retention/ingestion';
import { systemClock } from '@retention/platform';
import type { Config } from '@retention/platform';
import { untilCaughtUp, untilNothingIsDue } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { following } from '../following.js';
import { UsageError } from '../terminal/failure.js';
import { interruptible } from '../terminal/interruption.js';
import type { Output } from '../terminal/output.js';
import { visitRuntime } from '../visit-runtime.js';

export interface CloseDaysRequest {
  readonly until: BusinessDay;
  /** Whether each day since the last closed one is closed by itself, its decisions made before the next. */
  readonly isDaily: boolean;
}

/**
 * Closes business days up to one, and waits until everybody they concern is decided and the read models hold it.
 * @throws UsageError for a day that has not ended: what is decided on it cannot be taken back when it comes.
 */
export function closeDays(config: Config, { until, isDaily }: CloseDaysRequest, output: Output): Promise<void> {
  const ended = lastEndedDay(config.business.timeZone, systemClock.now());
  if (until > ended) {
    throw new UsageError(
      `--until ${until} is not over in ${config.business.timeZone}; the last day that is is ${ended}.`,
    );
  }
  return interruptible((signal) =>
    visitRuntime(config, async (runtime) => {
      const last = await lastClosedDay(runtime.database);
      if (last !== null && last >= until) {
        await output.result({ closedDay: last, days: 0 }, () => [`${last} is closed already, and ${until} with it.`]);
        return;
      }
      const days = isDaily && last !== null ? daysAfter(last, until) : [until];
      const before = await eventCount(runtime);
      await following(runtime, async () => {
        for (const day of days) {
          signal.throwIfAborted();
          await runtime.writer.submit({ items: [dayClosed(day, 'command line')], advances: [] });
          if (isDaily) await untilNothingIsDue(runtime, signal);
        }
        await untilCaughtUp(runtime, signal);
      });
      const events = (await eventCount(runtime)) - before - days.length;
      await output.result({ closedDay: until, days: days.length, events }, () => [
        `${until} is closed, ${days.length === 1 ? 'with all days before it' : `the last of ${days.length} days`}.`,
        `${events} events since: what was decided because of it, and whatever else came in meanwhile.`,
      ]);
    }),
  );
}

function daysAfter(last: BusinessDay, until: BusinessDay): BusinessDay[] {
  const days: BusinessDay[] = [];
  for (let day = addDays(last, 1); day <= until; day = addDays(day, 1)) days.push(day);
  return days;
}

async function eventCount({ store }: Runtime): Promise<number> {
  return [...(await store.head()).values()].reduce((sum, position) => sum + position, 0);
}
