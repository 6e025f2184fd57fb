import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describeWithBerka } from '../support/berka.js';
import type { BerkaTotals } from '../support/berka.js';
import { startApp } from '../support/processes.js';
import type { AppProcess } from '../support/processes.js';

const LINES_PER_REQUEST = 1000;
const WITHIN_MS = 60_000;

/** The one process with its own PostgreSQL, as `npm start` runs it, on a folder of its own. */
class Standalone {
  private readonly folder = mkdtempSync(join(tmpdir(), 'retention-spec-'));
  private current: AppProcess | null = null;

  constructor() {
    // PostgreSQL does not run as root: its own user has to get here.
    chmodSync(this.folder, 0o755);
  }

  get process(): AppProcess {
    if (this.current === null) throw new Error('standalone is not started');
    return this.current;
  }

  async start(): Promise<void> {
    this.current = await startApp('standalone', { RETENTION_DATA: join(this.folder, 'data'), LOG_LEVEL: 'warn' });
  }

  async remove(): Promise<void> {
    const code = await this.process.stop();
    rmSync(this.folder, { recursive: true, force: true });
    expect(code).toBe(0);
  }

  /** Posts lines as NDJSON and adds up the outcomes. */
  async post(lines: readonly string[]): Promise<Record<string, number>> {
    const sums: Record<string, number> = {};
    for (let from = 0; from < lines.length; from += LINES_PER_REQUEST) {
      const answer = await fetch(`${this.process.address}/v1/facts`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson' },
        body: lines.slice(from, from + LINES_PER_REQUEST).join('\n'),
      });
      const body = (await answer.json()) as { counts?: Record<string, number> };
      if (answer.status !== 200) throw new Error(`${answer.status}: ${JSON.stringify(body)}`);
      for (const [outcome, count] of Object.entries(body.counts ?? {})) sums[outcome] = (sums[outcome] ?? 0) + count;
    }
    return sums;
  }

  /** What GET /v1/status says once the read models have caught up. */
  async totals(): Promise<
    Pick<BerkaTotals, 'customers' | 'points' | 'entries' | 'tiers'> & { readonly known: number }
  > {
    const deadline = Date.now() + WITHIN_MS;
    for (;;) {
      const { body } = await this.process.get('/v1/status');
      const status = body as Status;
      if (status.readModels.every(({ lagEvents }) => lagEvents === 0) || Date.now() > deadline) return summary(status);
      await delay(100);
    }
  }
}

interface Status {
  readonly facts: { readonly known: number };
  readonly customers: number;
  readonly points: number;
  readonly tiers: readonly { readonly tier: string; readonly customers: number }[];
  readonly ledgerEntries: readonly { readonly rule: string; readonly entries: number }[];
  readonly readModels: readonly { readonly lagEvents: number }[];
}

function summary({ facts, customers, points, tiers, ledgerEntries }: Status) {
  return {
    known: facts.known,
    customers,
    points,
    tiers: Object.fromEntries(tiers.filter((tier) => tier.customers > 0).map((tier) => [tier.tier, tier.customers])),
    entries: Object.fromEntries(
      ledgerEntries.filter(({ entries }) => entries > 0).map(({ rule, entries }) => [rule, entries]),
    ),
  };
}

describeWithBerka('the Berka feed into standalone', ({ lines, expected }) => {
  const { facts: known, customers, points, entries, tiers } = expected;

  describe('over HTTP', () => {
    const standalone = new Standalone();
    beforeAll(() => standalone.start());
    afterAll(() => standalone.remove());

    it('gives the points, entries and tiers that were computed independently', async () => {
      expect(await standalone.post(lines)).toMatchObject({ accepted: known, refused: 0 });
      expect(await standalone.totals()).toEqual({ known, customers, points, entries, tiers });
    });

    it('changes nothing when it is posted again, and reports every fact as a duplicate', async () => {
      expect(await standalone.post(lines)).toMatchObject({ accepted: 0, duplicate: known });
      expect(await standalone.totals()).toEqual({ known, customers, points, entries, tiers });
    });
  });

  describe('killed with SIGKILL in the middle of it', () => {
    const standalone = new Standalone();
    beforeAll(() => standalone.start());
    afterAll(() => standalone.remove());

    it('starts again on its data, and comes to the same totals when it is fed again', async () => {
      const half = Math.floor(lines.length / 2);
      await standalone.post(lines.slice(0, half));
      // Both are cut off somewhere: one request that is being answered, the others on their way.
      const cutOff = Promise.allSettled([standalone.post(lines.slice(half)), standalone.post(lines.slice(-5000))]);
      await delay(150);
      await standalone.process.kill();
      expect((await cutOff).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      await standalone.start();
      const { known: kept } = await standalone.totals();
      expect(kept).toBeGreaterThanOrEqual(half);
      expect(kept).toBeLessThan(known);
      const again = await standalone.post(lines);
      expect(again).toMatchObject({ accepted: known - kept, duplicate: kept });
      expect(await standalone.totals()).toEqual({ known, customers, points, entries, tiers });
    });
  });
});
