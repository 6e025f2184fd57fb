import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ProjectionRunner } from '@retention/projections';
import { readModels } from '@retention/read-models';
import type { Runtime } from '@retention/runtime';
import { createDatabaseForSpec } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { openProduct } from '../../support/product.js';

/**
 * What each version of a read model makes of the events of one lender (60 customers, three years, two closed days, a second
 * policy). The events are kept in a file, so that nothing but the read model can change its rows. A read model whose rows
 * have changed has to have a new version, with a migration that empties its tables: else the rows there are would
 * stay as the old code made them. The new version takes the place of the old one here, with the hash the failure shows.
 */
const ROWS_OF: Readonly<Record<string, string>> = {
  'customers 2': '16677df38381ecef4945f05cbc7b3df805c70e330007f59da942720e0c8520ac',
  'ledger 2': '7858beeffb4a0e00894659546bda47dfd0b4dd6845a0f2abb87e5cc871be71ca',
};

const TABLES: Readonly<Record<string, readonly string[]>> = {
  customers: ['read.customer', 'read.tier_distribution'],
  ledger: ['read.ledger_entry'],
};

interface KeptEvent {
  readonly streamId: string;
  readonly type: string;
  readonly payload: unknown;
}

const events = gunzipSync(readFileSync(new URL('lender-events.ndjson.gz', import.meta.url)))
  .toString('utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as KeptEvent);

let database: SpecDatabase;
let product: Runtime;

beforeAll(async () => {
  database = await createDatabaseForSpec();
  product = await openProduct(database.url);
  const streams = new Map<string, KeptEvent[]>();
  for (const event of events) streams.set(event.streamId, [...(streams.get(event.streamId) ?? []), event]);
  await product.store.append({
    streams: [...streams].map(([streamId, some]) => ({
      streamId,
      expectedVersion: 0,
      events: some.map(({ type, payload }) => ({ type, payload: JSON.stringify(payload), origin: null })),
      snapshot: null,
    })),
    advances: [],
    companions: [],
  });
  const { store } = product;
  const runner = new ProjectionRunner({
    store,
    database: product.database,
    projections: readModels(),
    batchEvents: 4_000,
  });
  const shards = new Set(Array.from({ length: store.shards }, (_, shard) => shard));
  while ((await runner.applyNext(shards)) > 0);
});
afterAll(async () => {
  await product.close();
  await database.drop();
});

async function hashOf(tables: readonly string[]): Promise<string> {
  const rows = tables
    .map((table) => `SELECT '${table} ' || to_jsonb(t)::text AS row FROM ${table} t`)
    .join(' UNION ALL ');
  const { rows: hashes } = await product.database.query<{ hash: string }>(
    `SELECT encode(sha256(convert_to(string_agg(row, E'\\n' ORDER BY row COLLATE "C"), 'UTF8')), 'hex') AS hash
     FROM (${rows}) AS every`,
  );
  return hashes[0]!.hash;
}

describe('the rows of a read model', () => {
  it.each(readModels().map(({ name, version }) => [name, version] as const))(
    '%s are those of its version %i, to the byte',
    async (name, version) => {
      expect({ [`${name} ${version}`]: await hashOf(TABLES[name] ?? []) }).toEqual({
        [`${name} ${version}`]: ROWS_OF[`${name} ${version}`],
      });
    },
  );

  it('are known of every read model there is, and of no other', () => {
    expect(Object.keys(ROWS_OF).sort()).toEqual(
      readModels()
        .map(({ name, version }) => `${name} ${version}`)
        .sort(),
    );
    expect(Object.keys(TABLES).sort()).toEqual(
      readModels()
        .map(({ name }) => name)
        .sort(),
    );
  });

  it('come from events of nearly every type, and none of them stands still on one', async () => {
    expect(new Set(events.map(({ type }) => type)).size).toBeGreaterThan(45);
    const { rows } = await product.database.query('SELECT * FROM projection.parked_stream');
    expect(rows).toEqual([]);
  });
});
