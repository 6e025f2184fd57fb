import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tellStory } from './product-story.js';
import { SCHEMA } from './schema.js';
import { openReal, openSimulated } from './twins.js';
import type { Twin } from './twins.js';

// The product itself runs the same story on both servers: every statement of it that matters is in it.

let twins: readonly Twin[] = [];
let answers: readonly Readonly<Record<string, unknown>>[] = [];

beforeAll(async () => {
  twins = [await openSimulated(), await openReal()];
  answers = [await tellStory(twins[0]!.pool), await tellStory(twins[1]!.pool)];
});
afterAll(() => Promise.all(twins.map((twin) => twin.close())));

/** Moments differ between two servers, and the order of rows nobody asked to have in order; what there is does not. */
function timeless(value: unknown): unknown {
  if (value instanceof Date) return 'a moment';
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (value instanceof Map)
    return [...value].map(timeless).sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
  if (Array.isArray(value)) return value.map(timeless);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, timeless(held)]));
}

/** Text, so that the order of keys counts as well. */
async function contentOf(twin: Twin, table: string): Promise<string[]> {
  const columns = Object.keys(SCHEMA.find(({ name }) => name === table)!.columns);
  return (await twin.rows(table))
    .map((row) => JSON.stringify(columns.map((column) => [column, timeless(row[column])])))
    .sort();
}

describe('the same story on the simulated PostgreSQL and on a real one', () => {
  it('is one in which everything happens', () => {
    const [{ outcomes, letters, pending, past, lags, reports, further, operated }] = answers as [
      Record<string, unknown[]>,
    ];
    expect(new Set(outcomes)).toEqual(new Set(['accepted', 'conflicting-duplicate', 'duplicate', 'parked', 'refused']));
    for (const many of [letters, pending, past]) expect(many!.length).toBeGreaterThan(0);
    expect(lags).toContainEqual(expect.objectContaining({ projection: 'delicate', parkedStreams: expect.any(Number) }));
    expect(Number(reports)).toBeGreaterThan(0);
    expect(Number(further)).toBeGreaterThan(0);
    for (const isDecided of [false, true]) expect(operated).toContainEqual(expect.objectContaining({ isDecided }));
    expect(operated).toContainEqual(expect.objectContaining({ resolution: 'discarded' }));
  });

  it('is one in which no read model stands still on what operators, policies and the calendar have recorded', async () => {
    const parked = await twins[0]!.rows('projection.parked_stream');
    expect(new Set(parked.map(({ projection }) => projection))).toEqual(new Set(['delicate']));
  });

  it('gets the same answers', () => {
    const [simulated, real] = answers.map(timeless);
    expect(simulated).toEqual(real);
  });

  it.each(SCHEMA.map(({ name }) => name))('leaves the same rows in %s', async (table) => {
    const [simulated, real] = await Promise.all(twins.map((twin) => contentOf(twin, table)));
    expect(simulated).toEqual(real);
  });
});
