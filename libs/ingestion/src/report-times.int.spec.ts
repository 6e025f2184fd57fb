import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { timeOfReport } from './report-times.js';
import { openIngestionForSpec } from './writer/writer-for-spec.spec-support.js';
import type { IngestionForSpec } from './writer/writer-for-spec.spec-support.js';

let ingestion: IngestionForSpec;
beforeAll(async () => {
  ingestion = await openIngestionForSpec();
});
afterAll(() => ingestion.close());

const NOON = Date.UTC(2026, 2, 1, 4, 0, 0, 123);

describe('the time of a report', () => {
  it('is that of the first request under its key, to the millisecond, whatever the clock says later', async () => {
    expect(await timeOfReport(ingestion.database, 'k-1', NOON)).toBe(NOON);
    expect(await timeOfReport(ingestion.database, 'k-1', NOON + 86_400_000)).toBe(NOON);
    expect(await timeOfReport(ingestion.database, 'k-1', NOON - 1)).toBe(NOON);
    expect(await timeOfReport(ingestion.database, 'k-2', NOON + 1)).toBe(NOON + 1);
  });

  it('is one and the same when the request comes several times at once, by whatever clock', async () => {
    const clocks = Array.from({ length: 20 }, (_, no) => NOON + no);
    const times = await Promise.all(clocks.map((now) => timeOfReport(ingestion.database, 'k-3', now)));
    expect(new Set(times).size).toBe(1);
    expect(clocks).toContain(times[0]);
  });
});
