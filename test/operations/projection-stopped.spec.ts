import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readModels } from '@retention/read-models';
import { createDatabaseForSpec, describeWithEventRows } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import { feedLines } from '../support/product.js';
import { customers } from './messages.js';
import { ObservedProcess } from './observed-process.js';

const names = readModels().map(({ name }) => name);

describeWithEventRows('a projection that a hole in the feed has stopped', () => {
  let database: SpecDatabase;
  let projector: ObservedProcess;
  beforeAll(async () => {
    database = await createDatabaseForSpec();
    projector = await ObservedProcess.start(['projector'], database.url);
  });
  afterAll(async () => {
    await projector.stop();
    await database.drop();
  });

  /** The next event of every shard is taken away before it is applied, and kept aside. */
  async function makeHoles(): Promise<void> {
    const client = await projector.runtime.database.connect();
    await client.query('BEGIN');
    // Nothing is applied between the append of others and the removal.
    await client.query('LOCK TABLE projection.checkpoint IN ACCESS EXCLUSIVE MODE');
    await feedLines(projector.runtime, customers(64));
    await client.query('ALTER TABLE store.event DISABLE TRIGGER events_are_never_changed');
    await client.query('CREATE TABLE taken_away AS SELECT * FROM store.event WHERE position = 1');
    await client.query('DELETE FROM store.event WHERE position = 1');
    await client.query('ALTER TABLE store.event ENABLE TRIGGER events_are_never_changed');
    await client.query('COMMIT');
    client.release();
  }

  it('is not ready and says what is missing, and its metrics say that it stands still', async () => {
    expect((await projector.readiness()).status).toBe(200);
    await makeHoles();
    const gap = { follower: 'projections', kind: 'feed-gap' };
    const stopped = await projector.until(
      'the gap is noticed and the standstill counted',
      (scrape) =>
        scrape.figure('retention_follower_failing', gap) === 1 &&
        names.every((projection) => (scrape.figure('retention_projection_still_seconds', { projection }) ?? 0) > 0.5),
    );
    expect(stopped.figure('retention_ready', { check: 'feed' })).toBe(0);
    expect(stopped.figure('retention_follower_failing', { ...gap, kind: 'other' })).toBe(0);
    expect(stopped.figure('retention_follower_failures_total', gap)).toBeGreaterThan(0);
    for (const projection of names) {
      expect(stopped.figure('retention_projection_lag_events', { projection })).toBeGreaterThan(0);
    }
    const { status, checks } = await projector.readiness();
    expect(status).toBe(503);
    expect(checks['feed']).toMatchObject({
      status: 'down',
      followers: expect.arrayContaining([
        { follower: 'projections', failing: expect.stringMatching(/^feed of shard \d+: position 1 is missing/) },
      ]),
    });
  });

  it('is ready and stands still no longer once the events are back', async () => {
    await projector.runtime.database.query('INSERT INTO store.event SELECT * FROM taken_away');
    const recovered = await projector.until('all is applied', (scrape) =>
      names.every((projection) => scrape.figure('retention_projection_lag_events', { projection }) === 0),
    );
    expect(recovered.figure('retention_ready', { check: 'feed' })).toBe(1);
    for (const { value } of recovered.select('retention_follower_failing')) expect(value).toBe(0);
    for (const { value } of recovered.select('retention_projection_still_seconds')) expect(value).toBe(0);
    expect((await projector.readiness()).status).toBe(200);
  });
});

describe('a projection whose step hangs', () => {
  let database: SpecDatabase;
  let projector: ObservedProcess;
  beforeAll(async () => {
    database = await createDatabaseForSpec();
    projector = await ObservedProcess.start(['projector'], database.url);
  });
  afterAll(async () => {
    await projector.stop();
    await database.drop();
  });

  it('fails nowhere, and stands still in the metrics', async () => {
    const blocker = await projector.runtime.database.connect();
    await blocker.query('BEGIN');
    // Who moves a checkpoint waits here; who reads one does not.
    await blocker.query('LOCK TABLE projection.checkpoint IN EXCLUSIVE MODE');
    await feedLines(projector.runtime, customers(3));
    const hangs = await projector.until(
      'time passes',
      (scrape) => (scrape.figure('retention_projection_still_seconds', { projection: 'customers' }) ?? 0) > 0.3,
    );
    for (const { value } of hangs.select('retention_follower_failing')) expect(value).toBe(0);
    expect((await projector.readiness()).checks['progress']).toMatchObject({
      status: 'up',
      stillSeconds: { customers: expect.any(Number) },
    });
    await blocker.query('COMMIT');
    blocker.release();
    await projector.until('all is applied', (scrape) =>
      names.every((projection) => scrape.figure('retention_projection_still_seconds', { projection }) === 0),
    );
  });
});

describe('read models that nobody keeps', () => {
  let database: SpecDatabase;
  let api: ObservedProcess;
  beforeAll(async () => {
    database = await createDatabaseForSpec();
    api = await ObservedProcess.start(['api'], database.url);
  });
  afterAll(async () => {
    await api.stop();
    await database.drop();
  });

  it('stand still as soon as there is something to apply, as the API says that serves them', async () => {
    expect((await api.scrape()).figure('retention_projection_still_seconds', { projection: 'customers' })).toBe(0);
    await feedLines(api.runtime, customers(3));
    const still = await api.until(
      'time passes',
      (scrape) => (scrape.figure('retention_projection_still_seconds', { projection: 'customers' }) ?? 0) > 0.2,
    );
    expect(still.figure('retention_projection_lag_seconds', { projection: 'customers' })).toBeGreaterThan(0);
    // More events are no progress.
    await feedLines(api.runtime, customers(3, 'D'));
    const later = await api.scrape();
    for (const projection of names) {
      const figure = (scrape: typeof still) => scrape.figure('retention_projection_still_seconds', { projection }) ?? 0;
      expect(figure(later)).toBeGreaterThan(figure(still));
    }
  });
});
