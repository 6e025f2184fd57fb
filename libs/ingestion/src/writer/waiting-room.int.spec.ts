import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applied, contacted, disbursed, factId, overdue, registered, repaid } from './lender-lines.spec-support.js';
import { settled, shuffled } from './lender-lines.spec-support.js';
import {
  factIdsOf,
  openIngestionForSpec,
  reader,
  stateOf,
  statuses,
  whatFollows,
} from './writer-for-spec.spec-support.js';
import { canonicalOf } from './writer-for-spec.spec-support.js';
import type { IngestionForSpec, WriterForSpec } from './writer-for-spec.spec-support.js';

let ingestion: IngestionForSpec;
let one: WriterForSpec;
let other: WriterForSpec;

beforeAll(async () => {
  ingestion = await openIngestionForSpec();
  one = await ingestion.open();
  other = await ingestion.open();
});
afterAll(() => ingestion.close());

async function waitingFor(loanId: string): Promise<string[]> {
  const { rows } = await ingestion.database.query<{ fact_id: string }>(
    'SELECT fact_id FROM ingestion.pending_fact WHERE loan_id = $1 ORDER BY fact_id',
    [loanId],
  );
  return rows.map((row) => row.fact_id);
}

describe('a fact that names only a loan nobody knows', () => {
  it('waits, is a duplicate when it comes again, and is let in when the loan is claimed', async () => {
    const facts = [repaid('A-L', 1), repaid('A-L', 2), settled('A-L')];
    expect(statuses(await one.submit(facts))).toEqual(['parked', 'parked', 'parked']);
    expect(statuses(await other.submit(facts))).toEqual(['duplicate', 'duplicate', 'duplicate']);
    expect(await waitingFor('A-L')).toEqual(['repaid-A-L-1', 'repaid-A-L-2', 'settled-A-L'].map(factId));
    expect(statuses(await one.submit([registered('A'), disbursed('A-L', 'A')]))).toEqual(['accepted', 'accepted']);
    await one.writer.drain();
    expect(await waitingFor('A-L')).toEqual([]);
    expect((await stateOf(ingestion.store, 'A')).held).toMatchObject({ balance: 12, parked: 0 });
    expect(await factIdsOf(ingestion.store, 'A')).toHaveLength(5);
    expect(statuses(await one.submit(facts))).toEqual(['duplicate', 'duplicate', 'duplicate']);
  });

  it('is let in when it comes first in the batch that claims the loan', async () => {
    const outcomes = await one.submit([settled('B-L'), repaid('B-L', 1), disbursed('B-L', 'B'), registered('B')]);
    expect(statuses(outcomes)).toEqual(['parked', 'parked', 'accepted', 'accepted']);
    await one.writer.drain();
    expect((await stateOf(ingestion.store, 'B')).held).toMatchObject({ balance: 12, parked: 0 });
  });

  it('goes straight to its customer once the loan is applied for', async () => {
    await one.submit([registered('C'), applied('C-L', 'C')]);
    expect(statuses(await other.submit([overdue('C-L')]))).toEqual(['parked']);
    expect(await waitingFor('C-L')).toEqual([]);
    expect((await stateOf(ingestion.store, 'C')).held.awaited).toEqual(['loan:C-L']);
  });

  it('is let in by another writer that takes the claim', async () => {
    await one.submit([registered('D'), repaid('D-L', 1), settled('D-L')]);
    await other.submit([disbursed('D-L', 'D')]);
    await other.writer.drain();
    expect(await waitingFor('D-L')).toEqual([]);
    expect((await stateOf(ingestion.store, 'D')).held).toMatchObject({ balance: 12, parked: 0 });
  });

  it('is let in whichever of two writers is faster with the fact and the claim', async () => {
    const customerIds = Array.from({ length: 30 }, (_, index) => `E${index}`);
    await one.submit(customerIds.map((customerId) => registered(customerId)));
    for (const customerId of customerIds) {
      const loanId = `${customerId}-L`;
      await Promise.all([one.submit([settled(loanId)]), other.submit([disbursed(loanId, customerId)])]);
    }
    await Promise.all([one.writer.drain(), other.writer.drain()]);
    for (const customerId of customerIds) {
      expect([customerId, await waitingFor(`${customerId}-L`)]).toEqual([customerId, []]);
      expect((await stateOf(ingestion.store, customerId)).held).toMatchObject({ balance: 12, parked: 0 });
    }
  });

  it('is let in as many at once as a loan has', async () => {
    const facts = shuffled(
      Array.from({ length: 400 }, (_, index) => repaid('F-L', index)),
      7,
    );
    await one.submit(facts);
    await other.submit([disbursed('F-L', 'F'), registered('F')]);
    await other.writer.drain();
    const lines = [registered('F'), disbursed('F-L', 'F'), ...facts];
    expect(await canonicalOf(ingestion.store, ['F'])).toEqual(whatFollows(lines));
  });
});

describe('a sweep of the waiting room', () => {
  /** What a process leaves behind that ends between taking the claim and letting the fact in. */
  async function leaveBehind(text: string, loanId: string): Promise<void> {
    const read = reader.read(Buffer.from(text));
    if (read.kind === 'refusal') throw new Error(read.reason);
    await ingestion.database.query('INSERT INTO ingestion.fact_identity (key, content) VALUES ($1, $2)', [
      read.identityKey,
      read.contentHash,
    ]);
    await ingestion.database.query(
      `INSERT INTO ingestion.pending_fact (key, loan_id, fact_id, type, fact, origin)
       VALUES ($1, $2, $3, $4, $5, '{"door":"file","file":"lost","line":1}')`,
      [read.identityKey, loanId, read.factId, read.fact.type, JSON.stringify(read.fact)],
    );
  }

  it('lets in what a crash left behind, once', async () => {
    await one.submit([registered('G'), disbursed('G-L', 'G')]);
    await one.writer.drain();
    await leaveBehind(settled('G-L'), 'G-L');
    expect(await waitingFor('G-L')).toEqual([factId('settled-G-L')]);
    expect(await other.writer.sweepPending()).toBe(1);
    expect(await waitingFor('G-L')).toEqual([]);
    expect((await stateOf(ingestion.store, 'G')).held).toMatchObject({ balance: 12, parked: 0 });
    expect(await other.writer.sweepPending()).toBe(0);
    expect(statuses(await one.submit([settled('G-L')]))).toEqual(['duplicate']);
  });

  it('leaves alone what still waits for a claim', async () => {
    await one.submit([settled('H-L')]);
    expect(await one.writer.sweepPending()).toBe(0);
    expect(await waitingFor('H-L')).toEqual([factId('settled-H-L')]);
  });

  it('lets each in once when two writers sweep at the same time', async () => {
    const loanIds = Array.from({ length: 20 }, (_, index) => `I-L${index}`);
    await one.submit([registered('I'), ...loanIds.map((loanId) => disbursed(loanId, 'I'))]);
    await one.writer.drain();
    for (const loanId of loanIds) await leaveBehind(settled(loanId), loanId);
    await Promise.all([one, other].map(({ writer }) => writer.sweepPending()));
    await one.writer.sweepPending();
    const factIds = await factIdsOf(ingestion.store, 'I');
    expect(factIds).toHaveLength(41);
    expect(new Set(factIds).size).toBe(41);
    expect((await stateOf(ingestion.store, 'I')).held.balance).toBe(20 * 12);
  });

  it('does not hold up facts that are submitted meanwhile', async () => {
    await one.submit([registered('J')]);
    const submitted = Array.from({ length: 20 }, (_, index) => one.submit([contacted('J', index)]));
    await Promise.all([one.writer.sweepPending(), ...submitted]);
    expect(await factIdsOf(ingestion.store, 'J')).toHaveLength(21);
  });
});
