import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dayClosed } from '@retention/ingestion';
import { createDatabaseForSpec } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import { feedLines } from '../support/product.js';
import { customers, disbursed, registered, settled } from './messages.js';
import { ObservedProcess } from './observed-process.js';

describe('what waits', () => {
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

  const sql = (text: string): Promise<unknown> => projector.runtime.database.query(text);

  it('is nothing at first: every figure is there, and 0', async () => {
    const scrape = await projector.scrape();
    expect(scrape.select('retention_reading_up').map(({ value }) => value)).toEqual([1, 1, 1]);
    expect(scrape.select('retention_dead_letters_open').length).toBeGreaterThan(10);
    for (const { value } of scrape.select('retention_dead_letters_open')) expect(value).toBe(0);
    const figures = [
      'retention_dead_letters_open_age_seconds',
      'retention_pending_facts',
      'retention_pending_facts_age_seconds',
      'retention_parked_customers',
      'retention_due_customers',
      'retention_due_customers_still_seconds',
    ];
    expect(figures.map((name) => scrape.figure(name))).toEqual(figures.map(() => 0));
  });

  it('is counted: what was refused by reason, and facts whose loan nobody has claimed, each with its age', async () => {
    await feedLines(projector.runtime, [registered('C1'), registered('C2'), '{', '[', settled('L9')]);
    await sql(
      `UPDATE ingestion.dead_letter SET recorded_at = now() - interval '3 days' WHERE id = (SELECT min(id) FROM ingestion.dead_letter)`,
    );
    await sql(`UPDATE ingestion.pending_fact SET recorded_at = now() - interval '2 days'`);
    const scrape = await projector.scrape();
    const open = scrape.select('retention_dead_letters_open').reduce((sum, { value }) => sum + value, 0);
    expect(open).toBe(2);
    expect(scrape.figure('retention_dead_letters_open', { code: 'invalid-json' })).toBe(2);
    expect(scrape.figure('retention_dead_letters_open_age_seconds')).toBeCloseTo(3 * 86_400, -3);
    expect(scrape.figure('retention_pending_facts')).toBe(1);
    expect(scrape.figure('retention_pending_facts_age_seconds')).toBeCloseTo(2 * 86_400, -3);
  });

  it('no longer has what was dealt with', async () => {
    await feedLines(projector.runtime, [disbursed('C1', 'L9')]);
    await sql(
      `UPDATE ingestion.dead_letter SET resolution = 'discarded', resolved_at = now(), resolved_by = 'spec', resolved_because = 'spec'`,
    );
    const scrape = await projector.until('L9 is let in', (one) => one.figure('retention_pending_facts') === 0);
    expect(scrape.figure('retention_pending_facts_age_seconds')).toBe(0);
    for (const { value } of scrape.select('retention_dead_letters_open')) expect(value).toBe(0);
    expect(scrape.figure('retention_dead_letters_open_age_seconds')).toBe(0);
  });

  it('has the customers who cannot be decided', async () => {
    await sql(`INSERT INTO ingestion.parked_customer (customer_id, error) VALUES ('C7', 'spec'), ('C8', 'spec')`);
    expect((await projector.scrape()).figure('retention_parked_customers')).toBe(2);
    await sql('DELETE FROM ingestion.parked_customer');
    expect((await projector.scrape()).figure('retention_parked_customers')).toBe(0);
  });

  it('tells how many days are not closed, once one was', async () => {
    const { writer } = projector.runtime;
    expect((await projector.scrape()).figure('retention_unclosed_days')).toBeUndefined();
    const yearAgo = new Date(Date.now() - 365 * 86_400_000).toISOString().slice(0, 10);
    await writer.submit({ items: [dayClosed(yearAgo, 'command line')], advances: [] });
    const unclosed = (await projector.scrape()).figure('retention_unclosed_days') ?? 0;
    // The day may end in the time zone of the business while this runs.
    expect([363, 364, 365]).toContain(unclosed);
  });
});

describe('customers whose day has come and whom nobody decides', () => {
  let database: SpecDatabase;
  let projector: ObservedProcess;
  beforeAll(async () => {
    database = await createDatabaseForSpec();
    projector = await ObservedProcess.start(['projector'], database.url);
    await feedLines(projector.runtime, customers(5));
  });
  afterAll(async () => {
    await projector.stop();
    await database.drop();
  });

  it('are counted, with the time in which none was decided, until somebody goes on', async () => {
    const { database: pool } = projector.runtime;
    const blocker = await pool.connect();
    await blocker.query('BEGIN');
    // Whoever decides waits here; whoever counts does not.
    await blocker.query('LOCK TABLE store.feed_shard IN EXCLUSIVE MODE');
    await pool.query(`UPDATE ingestion.customer_deadline SET due_on = '-infinity'`);
    const still = await projector.until(
      'they have been due for a while',
      (scrape) => (scrape.figure('retention_due_customers_still_seconds') ?? 0) > 0.3,
    );
    expect(still.figure('retention_due_customers')).toBe(5);
    await blocker.query('COMMIT');
    blocker.release();
    const decided = await projector.until(
      'they are decided',
      (scrape) => scrape.figure('retention_due_customers') === 0,
    );
    expect(decided.figure('retention_due_customers_still_seconds')).toBe(0);
  });
});
