import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { CALENDAR_STREAM, lastClosedDay } from '@retention/ingestion';
import { loadConfig } from '@retention/platform';
import { openRuntime } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { createDatabaseForSpec, storeVariables } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import { DayService } from './day-service.js';

const databases: SpecDatabase[] = [];
const runtimes: Runtime[] = [];

/** A lender whose days end in this zone, with nothing closed yet. */
async function openIn(zone: string): Promise<Runtime> {
  const database = await createDatabaseForSpec();
  databases.push(database);
  const variables = { DATABASE_URL: database.url, BUSINESS_TIME_ZONE: zone, CLOSE_DAYS: 'auto' };
  const config = loadConfig({ ...variables, ...storeVariables(database.url) });
  const runtime = await openRuntime(config, 'spec', () => undefined);
  runtimes.push(runtime);
  return runtime;
}

/** What the services close that look when the clock of their machine says so. Returns the last closed day. */
async function lookAt(runtime: Runtime, instant: string, services = 1): Promise<string | null> {
  jest.spyOn(Date, 'now').mockReturnValue(Date.parse(instant));
  const looking = Array.from({ length: services }, () => new DayService(runtime));
  for (const service of looking) service.onApplicationBootstrap();
  for (const service of looking) await service.beforeApplicationShutdown();
  jest.restoreAllMocks();
  return lastClosedDay(runtime.database);
}

async function closings({ store }: Runtime): Promise<string[]> {
  const events = await store.readStream(CALENDAR_STREAM, 0, 100);
  return events.map(({ payload }) => (JSON.parse(payload) as { day: string }).day);
}

beforeAll(() => {
  Logger.overrideLogger(false);
});
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(async () => {
  for (const runtime of runtimes) await runtime.close();
  for (const database of databases) await database.drop();
});

describe('a business day that closes by the clock', () => {
  it.each([
    ['Asia/Shanghai', 'eight hours before UTC, on a leap day', '2024-02-29T15:59:59.999Z', '2024-02-28', '2024-02-29'],
    ['Asia/Shanghai', 'at the end of the year', '2024-12-31T15:59:59.999Z', '2024-12-30', '2024-12-31'],
    ['America/New_York', 'of 23 hours', '2024-03-11T03:59:59.999Z', '2024-03-09', '2024-03-10'],
    ['America/New_York', 'of 25 hours', '2024-11-04T04:59:59.999Z', '2024-11-02', '2024-11-03'],
  ])('in %s, %s, is not closed a millisecond too soon', async (zone, _, lastInstant, before, day) => {
    const runtime = await openIn(zone);
    expect(await lookAt(runtime, lastInstant)).toBe(before);
    const midnight = new Date(Date.parse(lastInstant) + 1).toISOString();
    expect(await lookAt(runtime, midnight)).toBe(day);
    expect(await closings(runtime)).toEqual([before, day]);
  });
});

describe('a clock that jumps', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await openIn('Asia/Shanghai');
    expect(await lookAt(runtime, '2024-05-10T00:00:00Z')).toBe('2024-05-09');
  });

  it('back opens no day and closes none, and goes on where it left off', async () => {
    expect(await lookAt(runtime, '2023-05-10T00:00:00Z')).toBe('2024-05-09');
    expect(await lookAt(runtime, '2024-05-10T23:59:59Z')).toBe('2024-05-10');
    expect(await closings(runtime)).toEqual(['2024-05-09', '2024-05-10']);
  });

  it('ahead closes everything up to there, once, however many processes look; no later clock takes it back', async () => {
    expect(await lookAt(runtime, '2024-08-01T00:00:00Z', 3)).toBe('2024-07-31');
    expect(await lookAt(runtime, '2024-05-12T00:00:00Z')).toBe('2024-07-31');
    expect(await closings(runtime)).toEqual(['2024-05-09', '2024-05-10', '2024-07-31']);
  });
});
