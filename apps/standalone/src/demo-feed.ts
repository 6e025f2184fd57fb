import type { LenderParameters } from '@retention/simulation';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What the bundled feed was made with; the drift check makes it again and compares. */
export const DEMO_PARAMETERS: LenderParameters = { customers: 400, years: 3, seed: 2026 };

/** The last business day of its history: closed after it is fed, so that there is somebody who left. */
export const DEMO_LAST_DAY = '2023-12-31';

// Beside the sources: what is built holds no data. Seen from src/ and from dist/apps/standalone/src/.
const PLACES = ['../demo/feed.ndjson.gz', '../../../../apps/standalone/demo/feed.ndjson.gz'];

/** Path of the bundled feed. */
export function demoFeedPath(): string {
  const found = PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((path) => existsSync(path));
  if (found === undefined)
    throw new Error('the demo feed is not beside the sources: apps/standalone/demo/feed.ndjson.gz');
  return found;
}
