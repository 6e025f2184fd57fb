import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe } from '@jest/globals';

const FOLDER = fileURLToPath(new URL('../../../shared/data/berka/', import.meta.url));

/** What the default policy must give at the end of the feed, computed independently of this product. */
export interface BerkaTotals {
  readonly facts: number;
  readonly customers: number;
  readonly points: number;
  readonly entries: Readonly<Record<string, number>>;
  readonly tiers: Readonly<Record<string, number>>;
  /** The last day of the feed, and who is retained and who has churned at its end. */
  readonly asOf: string;
  readonly retained: number;
  readonly churned: number;
  readonly churnKinds: Readonly<Record<'abnormal' | 'normal', number>>;
}

export interface BerkaFeed {
  /** The feed as it lies there, gzip. */
  readonly path: string;
  readonly lines: readonly string[];
  readonly expected: BerkaTotals;
}

/** A block over the Berka feed (PKDD'99). It is no part of the product: without it the block is skipped, loudly. */
export function describeWithBerka(name: string, block: (feed: BerkaFeed) => void): void {
  const path = `${FOLDER}feed.ndjson.gz`;
  if (!existsSync(path)) {
    process.stderr.write(`\nNOT CHECKED: ${name}: the Berka feed is not here (${path})\n`);
    describe.skip(`${name} (the Berka feed is not here)`, () => undefined);
    return;
  }
  describe(name, () => {
    const lines = gunzipSync(readFileSync(path)).toString('utf8').trimEnd().split('\n');
    const expected = JSON.parse(readFileSync(`${FOLDER}expected.json`, 'utf8')) as BerkaTotals;
    block({ path, lines, expected });
  });
}
