import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createFeedWorker } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { createDatabaseForSpec } from '@retention/testing';
import { canonicalStates, caughtUp, readModelHash } from '../../support/product.js';
import { consume, lines, offsetOf, openProduct, submit } from './consumer.js';
import { PostgresOnSmallDisk, whyThereIsNoSmallDisk } from './small-disk.js';
import { until } from './until.js';

const reason = whyThereIsNoSmallDisk();
if (reason !== null) {
  if (process.env['CI'] === 'true') throw new Error(`Nothing can be said of a full disk: ${reason}.`);
  console.warn(`\n!!! "a disk that is full" IS SKIPPED: ${reason}. Nothing of it is tested on this machine.\n`);
}
const describeWithSmallDisk = reason === null ? describe : describe.skip;

describeWithSmallDisk('a disk that is full', () => {
  let disk: PostgresOnSmallDisk;
  let product: Runtime;

  beforeAll(async () => {
    disk = await PostgresOnSmallDisk.start();
    product = await openProduct(disk.url);
  });
  afterAll(async () => {
    await product.close();
    await disk.remove();
  });

  /** Takes lines on until the server takes no more, and says what it said. */
  async function consumeUntilRefused(source: string): Promise<unknown> {
    for (;;) {
      const next = await offsetOf(product, source);
      const refusal = await submit(product, lines.slice(next, next + 40), source, next).then(
        () => null,
        (error: unknown) => error,
      );
      if (refusal !== null) return refusal;
    }
  }

  it('refuses facts whole and goes on being read; they are in once there is room, and nothing else was lost', async () => {
    const failures: string[] = [];
    const worker = createFeedWorker(product, (follower, error) => failures.push(`${follower}: ${String(error)}`));
    await worker.start();
    await consume(product, 'topic', { upTo: 200 });
    await disk.fill();
    const refusal = await consumeUntilRefused('topic');
    expect(refusal).toMatchObject({ code: '53100', message: expect.stringMatching(/No space left on device/) });
    const next = await offsetOf(product, 'topic');
    expect(next).toBeGreaterThanOrEqual(200);
    const head = await product.store.head();
    expect(await submit(product, lines.slice(next, next + 40), 'topic', next).catch(() => 'refused')).toBe('refused');
    expect([await offsetOf(product, 'topic'), await product.store.head()]).toEqual([next, head]);

    await disk.free();
    await consume(product, 'topic');
    await caughtUp(product);
    expect(worker.health().filter(({ failing }) => failing !== null)).toEqual([]);
    await worker.stop();
    expect(await standing(product)).toEqual(await undisturbed());
  });

  it('crashes the server when its log has no room; what was acknowledged is there when it is back', async () => {
    await consume(product, 'once more', { upTo: 40 });
    const before = await standing(product);
    await disk.fill();
    // Each time the rest of the segment is thrown away, until there is no room for the next.
    const throwAway = `SELECT pg_logical_emit_message(true, 'cases', repeat('x', 1000)), pg_switch_wal()`;
    await until('the server crashes', () =>
      product.database.query(throwAway).then(
        () => false,
        // Whoever met it is told so, and everybody else that somebody did.
        (error: unknown) => /^(PANIC|57P0[123])/.test(faultOf(error)),
      ),
    );
    await disk.free();
    await disk.comeBack();
    await until('the product has noticed', () => offsetOf(product, 'once more').then(Boolean, () => false));
    expect(await offsetOf(product, 'once more')).toBe(40);
    expect(await standing(product)).toEqual(before);
    expect(await consume(product, 'once more')).toBe(0);
    expect(await standing(product)).toEqual(before);
  });
});

function faultOf(error: unknown): string {
  const { severity, code } = error as { readonly severity?: string; readonly code?: string };
  return severity === 'PANIC' ? severity : String(code);
}

async function standing(product: Runtime): Promise<unknown> {
  return { states: await canonicalStates(product), rows: await readModelHash(product) };
}

/** What the same lines come to on a disk with room. */
async function undisturbed(): Promise<unknown> {
  const database = await createDatabaseForSpec();
  const product = await openProduct(database.url);
  const worker = createFeedWorker(product, () => undefined);
  await worker.start();
  try {
    await consume(product, 'topic');
    await caughtUp(product);
    return await standing(product);
  } finally {
    await worker.stop();
    await product.close();
    await database.drop();
  }
}
