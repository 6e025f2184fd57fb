import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { createFactReader } from './index.js';

/** Public research data that may not be shipped: it lies beside the repository where tests are run in full. */
const FEED = fileURLToPath(new URL('../../../../shared/data/berka/feed.ndjson.gz', import.meta.url));
const present = existsSync(FEED);

if (!present) process.stderr.write(`\nThe Berka feed is NOT checked: ${FEED} is not there.\n\n`);

describe('the Berka feed', () => {
  it(present ? 'is understood line by line' : 'is NOT CHECKED, because the file is absent', () => {
    if (!present) return;
    const reader = createFactReader({ businessTimeZone: 'Europe/Prague' });
    const lines = gunzipSync(readFileSync(FEED)).toString('utf8').trimEnd().split('\n');
    const counts = new Map<string, number>();
    const identities = new Set<string>();
    for (const line of lines) {
      const outcome = reader.read(Buffer.from(line));
      const name = outcome.kind === 'fact' ? outcome.fact.type : `${outcome.code} ${outcome.field ?? ''}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
      if (outcome.kind === 'fact') identities.add(outcome.identityKey);
    }
    expect(Object.fromEntries(counts)).toEqual({
      'customer-registered': 5_369,
      'loan-disbursed': 682,
      'repayment-received': 13_570,
      'instalment-overdue': 387,
      'loan-settled': 203,
      'loan-written-off': 29,
    });
    expect(identities.size).toBe(20_240);
  });
});
