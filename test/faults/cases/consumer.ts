import type { Outcome } from '@retention/ingestion';
import { loadConfig } from '@retention/platform';
import { openRuntime } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { simulateLines } from '@retention/simulation';
import { setTimeout as delay } from 'node:timers/promises';

const CONSUMER = 'kafka:cases';
/** What a lender has to say: two years of 120 customers, each message once. */
export const lines: readonly string[] = [
  ...simulateLines({ customers: 120, years: 2, seed: 43, branches: 4, repeatedRate: 0, settlementUndoneRate: 0.05 }),
];

/** The product with its events in PostgreSQL, whatever store the run is about: it is PostgreSQL that fails here. */
export function openProduct(url: string): Promise<Runtime> {
  return openRuntime(loadConfig({ DATABASE_URL: url }), 'cases', () => undefined);
}

export function submit(
  product: Runtime,
  some: readonly string[],
  source: string,
  from: number,
): Promise<readonly Outcome[]> {
  return product.writer.submit({
    items: some.map((line) => ({
      kind: 'message',
      bytes: Buffer.from(line),
      origin: { door: 'file', file: source, line: 1 },
    })),
    advances: [{ consumer: CONSUMER, source, expected: from === 0 ? null : from, next: from + some.length }],
  });
}

export async function offsetOf(product: Runtime, source: string): Promise<number> {
  return (await product.store.offsets(CONSUMER)).get(source) ?? 0;
}

/** Reads the lines on from where the store says, as the consumer of a partition does, whatever happens meanwhile. */
export async function consume(
  product: Runtime,
  source: string,
  { upTo = lines.length, onTaken = (_next: number): void => undefined } = {},
): Promise<number> {
  let failures = 0;
  for (let next: number | null = null; next !== upTo;) {
    try {
      next ??= await offsetOf(product, source);
      const some = lines.slice(next, Math.min(next + 40, upTo));
      await submit(product, some, source, next);
      next += some.length;
      onTaken(next);
    } catch {
      failures += 1;
      next = null;
      await delay(20);
    }
  }
  return failures;
}
