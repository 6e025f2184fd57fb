import { join } from 'node:path';
import { addDays } from '@retention/customer';
import { dayClosed, ingestFile } from '@retention/ingestion';
import { loadConfig } from '@retention/platform';
import { openRuntime } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { freshDatabase, perSecond, say, withServer, writeFeed } from './bench-server.js';
import type { Lender } from './bench-server.js';

export interface DaysFigures extends Lender {
  readonly days: number;
  /** How often a customer was decided because a day had come. */
  readonly decided: number;
  readonly events: number;
  readonly seconds: number;
  /** Days for which nobody waited, and the time they took. */
  readonly idleDays: number;
  readonly idleSeconds: number;
  /** The same days closed with one fact, on the same facts in another database. */
  readonly atOnce: { readonly decided: number; readonly events: number; readonly seconds: number };
}

const FIRST_DAY = '2021-01-01';

/** Closes every day of a lender's history, one after the other, and then the same days at once. */
export async function benchDays(lender: Lender): Promise<DaysFigures> {
  return withServer(async (server, folder) => {
    const feed = join(folder, 'feed.ndjson');
    const facts = await writeFeed(feed, lender);
    const days = Math.round(lender.years * 365.25);
    say(`${facts} messages of ${lender.customers} customers, ${days} days`);
    const daily = await fed(await freshDatabase(server.url, 'daily'), feed, (runtime) => closeDaily(runtime, days));
    say(`day by day: ${daily.seconds.toFixed(1)} s`);
    const atOnce = await fed(await freshDatabase(server.url, 'at_once'), feed, async (runtime) => {
      const startedAt = performance.now();
      const before = await eventCount(runtime);
      const decided = await close(runtime, addDays(FIRST_DAY, days));
      const events = (await eventCount(runtime)) - before;
      return { decided, events, seconds: (performance.now() - startedAt) / 1000 };
    });
    return { ...lender, days, ...daily, atOnce };
  });
}

export function daysSummary(figures: DaysFigures): string[] {
  const { customers, days, decided, events, seconds, idleDays, idleSeconds, atOnce } = figures;
  const share = decided / (customers * days);
  return [
    `${days} days x ${customers} customers closed one by one in ${seconds.toFixed(1)} s`,
    `decided     ${decided} times: ${(share * 100).toFixed(3)} % of customers x days, ${perSecond(decided / seconds)}/s`,
    `events      ${events} (${(events / decided).toFixed(2)} for each time)`,
    `idle days   ${idleDays}, ${((idleSeconds / Math.max(1, idleDays)) * 1000).toFixed(1)} ms each`,
    `at once     ${atOnce.decided} times in ${atOnce.seconds.toFixed(1)} s, ${atOnce.events} events`,
  ];
}

async function fed<T>(url: string, feed: string, work: (runtime: Runtime) => Promise<T>): Promise<T> {
  const runtime = await openRuntime(loadConfig({ DATABASE_URL: url }), 'bench-days', () => undefined);
  try {
    await ingestFile(runtime.writer, { path: feed });
    await runtime.writer.drain();
    return await work(runtime);
  } finally {
    await runtime.close();
  }
}

async function closeDaily(runtime: Runtime, days: number) {
  const before = await eventCount(runtime);
  const startedAt = performance.now();
  let [decided, idleDays, idleSeconds] = [0, 0, 0];
  for (let n = 0; n <= days; n += 1) {
    const dayStartedAt = performance.now();
    const due = await close(runtime, addDays(FIRST_DAY, n));
    decided += due;
    if (due > 0) continue;
    idleDays += 1;
    idleSeconds += (performance.now() - dayStartedAt) / 1000;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return { decided, idleDays, idleSeconds, seconds, events: (await eventCount(runtime)) - before };
}

async function close({ writer }: Runtime, day: string): Promise<number> {
  await writer.submit({ items: [dayClosed(day, 'command line')], advances: [] });
  let decided = 0;
  for (;;) {
    const due = await writer.decideDue();
    if (due === 0) return decided;
    decided += due;
  }
}

async function eventCount({ store }: Runtime): Promise<number> {
  return [...(await store.head()).values()].reduce((sum, position) => sum + position, 0);
}
