import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from '@retention/platform';
import { createDatabaseForSpec, storeVariables } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import { setTimeout as delay } from 'node:timers/promises';
import { untilCaughtUp } from '../caught-up.js';
import { createFeedWorker } from '../feed.js';
import { openRuntime } from '../runtime.js';
import type { Runtime } from '../runtime.js';
import { readModelProgress } from './read-model-standstill.js';

const STILL_SECONDS_MAX = 0.2;

describe('the progress of the read models', () => {
  let database: SpecDatabase;
  let runtime: Runtime;
  beforeAll(async () => {
    database = await createDatabaseForSpec();
    const config = loadConfig({ DATABASE_URL: database.url, ...storeVariables(database.url) });
    runtime = await openRuntime(config, 'spec', () => undefined);
  });
  afterAll(async () => {
    await runtime.close();
    await database.drop();
  });

  const register = async (customerId: string): Promise<void> => {
    const data = { customerId, kind: 'personal', registeredOn: '2024-01-02' };
    const envelope = { specversion: '1.0', source: '/core', time: '2024-01-02T10:00:00+08:00' };
    const event = { ...envelope, id: customerId, type: 'lending.customer.registered.v1', data };
    const origin = { door: 'file', file: 'spec', line: 1 } as const;
    await runtime.writer.submit({
      items: [{ kind: 'message', bytes: Buffer.from(JSON.stringify(event)), origin }],
      advances: [],
    });
  };

  it('is well while there is nothing to apply, also for long', async () => {
    const check = readModelProgress(runtime, STILL_SECONDS_MAX);
    expect(await check()).toEqual({ up: true, details: { stillSecondsMax: STILL_SECONDS_MAX, stillSeconds: {} } });
    await delay(2 * STILL_SECONDS_MAX * 1000);
    expect(await check()).toMatchObject({ up: true });
  });

  it('is not well once something has been waiting for too long, though nothing failed and more comes', async () => {
    const check = readModelProgress(runtime, STILL_SECONDS_MAX);
    await register('C1');
    expect(await check()).toMatchObject({ up: true });
    await delay(2 * STILL_SECONDS_MAX * 1000);
    await register('C2');
    const { up, details } = await check();
    expect(up).toBe(false);
    const { stillSeconds } = details as { stillSeconds: Record<string, number> };
    expect(stillSeconds['customers']).toBeGreaterThan(STILL_SECONDS_MAX);
    const failures: unknown[] = [];
    const worker = createFeedWorker(runtime, (_follower, error) => failures.push(error));
    await worker.start();
    await untilCaughtUp(runtime);
    await worker.stop();
    expect(await check()).toMatchObject({ up: true, details: { stillSeconds: {} } });
    expect(failures).toEqual([]);
  });
});
