import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabaseForSpec, startEventStoreDouble } from '@retention/testing';
import type { EventStoreDouble, SpecDatabase } from '@retention/testing';
import { feedLines } from '../support/product.js';
import { contacted, customers, registered } from './messages.js';
import { ObservedProcess } from './observed-process.js';

describe('a process whose database', () => {
  let database: SpecDatabase;
  let observed: ObservedProcess;
  beforeAll(async () => {
    database = await createDatabaseForSpec();
    observed = await ObservedProcess.start(['api', 'projector'], database.url);
    await feedLines(observed.runtime, customers(3));
    await observed.until(
      'all is applied',
      (scrape) => scrape.figure('retention_projection_lag_events', { projection: 'customers' }) === 0,
    );
  });
  afterAll(async () => {
    await observed.stop();
    await database.drop();
  });

  const FROM_THE_DATABASE = ['retention_projection_lag_events', 'retention_pending_facts', 'retention_due_customers'];

  it('does not answer a question in time answers a scrape all the same, without the figures it could not read', async () => {
    const blocker = await observed.runtime.database.connect();
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE store.feed_shard IN ACCESS EXCLUSIVE MODE');
    const scrape = await observed.scrape();
    expect(scrape.figure('retention_reading_up', { reading: 'read-models' })).toBe(0);
    expect(scrape.figure('retention_reading_up', { reading: 'waiting' })).toBe(1);
    expect(scrape.select('retention_projection_lag_events')).toEqual([]);
    expect(scrape.figure('retention_ready', { check: 'database' })).toBe(1);
    expect(scrape.figure('retention_ready', { check: 'read-models' })).toBe(0);
    await blocker.query('COMMIT');
    blocker.release();
    await observed.until('it answers', (one) => one.figure('retention_reading_up', { reading: 'read-models' }) === 1);
  });

  it('is away says so, has none of its figures, and still has what it counts itself', async () => {
    await database.drop();
    const scrape = await observed.until(
      'it fails',
      (one) => one.figure('retention_follower_failing', { follower: 'projections', kind: 'other' }) === 1,
    );
    expect(scrape.figure('retention_ready', { check: 'database' })).toBe(0);
    expect(scrape.select('retention_reading_up').map(({ value }) => value)).toEqual([0, 0, 0]);
    expect(FROM_THE_DATABASE.flatMap((name) => scrape.select(name))).toEqual([]);
    expect(scrape.figure('retention_writer_batches_total')).toBeGreaterThan(0);
    expect(scrape.figure('retention_facts_total', { door: 'http', outcome: 'accepted' })).toBe(0);
    const { status, checks } = await observed.readiness();
    expect([status, checks['database']]).toEqual([503, expect.objectContaining({ status: 'down' })]);
  });
});

describe('a process whose EventStoreDB is away', () => {
  let double: EventStoreDouble;
  let database: SpecDatabase;
  let observed: ObservedProcess;
  beforeAll(async () => {
    double = await startEventStoreDouble();
    database = await createDatabaseForSpec();
    observed = await ObservedProcess.start(['api', 'projector'], database.url, {
      EVENT_STORE: 'eventstoredb',
      EVENTSTORE_URL: double.url,
      EVENTSTORE_PREFIX: 'observed.',
    });
  });
  afterAll(async () => {
    await observed.stop();
    await double.stop();
    await database.drop();
  });

  it('says which of the two stores it is', async () => {
    expect((await observed.scrape()).figure('retention_ready', { check: 'event-store' })).toBe(1);
    await double.stop();
    const away = await observed.until(
      'it is noticed',
      (one) => one.figure('retention_ready', { check: 'event-store' }) === 0,
    );
    expect(away.figure('retention_ready', { check: 'database' })).toBe(1);
    expect((await observed.readiness()).status).toBe(503);
  });
});

describe('a projector that cannot publish decisions', () => {
  let database: SpecDatabase;
  let projector: ObservedProcess;
  beforeAll(async () => {
    database = await createDatabaseForSpec();
    projector = await ObservedProcess.start(['projector'], database.url, {
      KAFKA_BROKERS: '127.0.0.1:9',
      PUBLISH_DECISIONS: 'on',
      KAFKA_DECISIONS_TOPIC: 'observed.decisions',
    });
  });
  afterAll(async () => {
    await projector.stop();
    await database.drop();
  });

  it('is not ready, and says how many wait and for how long nothing was sent', async () => {
    const topic = { topic: 'observed.decisions' };
    expect((await projector.scrape()).figure('retention_decisions_still_seconds', topic)).toBe(0);
    await feedLines(projector.runtime, customers(5));
    const failing = { follower: 'publisher:decisions', kind: 'other' };
    const still = await projector.until(
      'the failure is noticed and time has passed',
      (scrape) =>
        scrape.figure('retention_follower_failing', failing) === 1 &&
        (scrape.figure('retention_decisions_still_seconds', topic) ?? 0) > 0.5,
    );
    expect(still.figure('retention_decisions_lag_events', topic)).toBeGreaterThanOrEqual(5);
    expect(still.figure('retention_ready', { check: 'feed' })).toBe(0);
    expect(still.figure('retention_projection_still_seconds', { projection: 'customers' })).toBe(0);
    expect(still.figure('retention_follower_failing', { follower: 'projections', kind: 'other' })).toBe(0);
    expect((await projector.readiness()).status).toBe(503);
  });
});

describe('two writers that tell of the same customer', () => {
  let database: SpecDatabase;
  let one: ObservedProcess;
  let other: ObservedProcess;
  beforeAll(async () => {
    database = await createDatabaseForSpec();
    one = await ObservedProcess.start(['api'], database.url);
    other = await ObservedProcess.start(['api'], database.url);
  });
  afterAll(async () => {
    await one.stop();
    await other.stop();
    await database.drop();
  });

  it('count a conflict for each batch that is decided anew', async () => {
    await feedLines(one.runtime, [registered('C1')]);
    expect((await one.scrape()).figure('retention_writer_conflicts_total')).toBe(0);
    await feedLines(other.runtime, [contacted('C1', 1)]);
    await feedLines(one.runtime, [contacted('C1', 2)]);
    const scrape = await one.scrape();
    expect(scrape.figure('retention_writer_conflicts_total')).toBe(1);
    expect(scrape.figure('retention_writer_batches_total')).toBe(2);
    expect((await other.scrape()).figure('retention_writer_conflicts_total')).toBe(0);
  });
});
