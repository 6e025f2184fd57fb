import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { contacted, disbursed, factId, registered, repaid } from '../writer/lender-lines.spec-support.js';
import { OPERATIONS_STREAM } from '../writer/operation.js';
import { factIdsOf, openIngestionForSpec, statuses } from '../writer/writer-for-spec.spec-support.js';
import type { IngestionForSpec, WriterForSpec } from '../writer/writer-for-spec.spec-support.js';
import { deadLetter, keptLettersOf, openDeadLetterCount, parkedCustomer } from '../queries.js';
import type { KeptDeadLetter } from '../queries.js';
import { damage, heal } from './damage.spec-support.js';
import { discardDeadLetter, requeueDeadLetter } from './dead-letter-operations.js';
import { CustomerNotParked, DeadLetterAlreadyResolved, DeadLetterWithoutMessage, UnknownDeadLetter } from './errors.js';
import { NOTE_BECAUSE_CHARACTERS_MAX, NOTE_BY_CHARACTERS_MAX, OperatorNoteRefused } from './operator-note.js';
import { retryParkedCustomer } from './retry-parked-customer.js';

let ingestion: IngestionForSpec;
let one: WriterForSpec;
let other: WriterForSpec;

beforeAll(async () => {
  ingestion = await openIngestionForSpec();
  one = await ingestion.open();
  other = await ingestion.open();
});
afterAll(() => ingestion.close());

const NOTE = { by: 'Ann', because: 'ticket 7: the sender was wrong' };
const REALLY = { dryRun: false };
const DRY = { dryRun: true };

const requeue = (id: string, { writer } = one, options = REALLY) =>
  requeueDeadLetter(writer, ingestion.database, id, NOTE, options);
const discard = (id: string, options = REALLY) => discardDeadLetter(one.writer, ingestion.database, id, NOTE, options);
const retry = (customerId: string, options = REALLY, { writer } = one) =>
  retryParkedCustomer(writer, ingestion.database, customerId, NOTE, options);

async function letterAbout(id: string, code: string): Promise<KeptDeadLetter> {
  const { rows } = await ingestion.database.query<{ id: string }>(
    'SELECT id FROM ingestion.dead_letter WHERE fact_id = $1 AND code = $2',
    [factId(id), code],
  );
  return (await deadLetter(ingestion.database, rows[0]?.id ?? ''))!;
}

async function recordedLast(): Promise<unknown> {
  const events = await ingestion.store.readStream(OPERATIONS_STREAM, 0, 10_000);
  const last = events.at(-1);
  return last === undefined ? null : { recordedAt: last.recordedAt, ...(JSON.parse(last.payload) as object) };
}

async function recordCount(): Promise<number> {
  return (await ingestion.store.readStream(OPERATIONS_STREAM, 0, 10_000)).length;
}

/** A claim of another's loan, refused until the loan turns out to be theirs. */
async function refusedClaim(name: string): Promise<KeptDeadLetter> {
  const [owner, claimant, loan] = [`${name}-1`, `${name}-2`, `${name}-L`];
  await one.submit([registered(owner), registered(claimant), disbursed(loan, owner), disbursed(loan, claimant)]);
  return letterAbout(`disbursed-${loan}-${claimant}`, 'loan-of-another-customer');
}

const turnsOutToBeTheirs = (name: string) =>
  ingestion.database.query('UPDATE ingestion.loan_owner SET customer_id = $2 WHERE loan_id = $1', [
    ...[`${name}-L`, `${name}-2`],
  ]);

/** A customer who cannot be decided, with kept facts. */
async function parkedWith(customerId: string, facts: number): Promise<void> {
  await one.submit([registered(customerId)]);
  await damage(ingestion, customerId);
  const cold = await ingestion.open();
  await cold.submit(Array.from({ length: facts }, (_, no) => contacted(customerId, no)));
}

describe('a requeued letter', () => {
  it('ends as accepted in the append that takes its message in, with who, why and when', async () => {
    const { id } = await refusedClaim('A');
    await turnsOutToBeTheirs('A');
    const requeued = await requeue(id);
    expect(requeued).toMatchObject({ outcome: { status: 'accepted' }, resolution: 'accepted' });
    expect(requeued.letter).toMatchObject({
      id,
      resolution: 'accepted',
      resolvedBy: 'Ann',
      resolvedBecause: NOTE.because,
    });
    expect(requeued.letter.resolvedAt).toBeInstanceOf(Date);
    expect(requeued.letter).not.toHaveProperty('body');
    expect(await factIdsOf(ingestion.store, 'A-2')).toContain(factId('disbursed-A-L-A-2'));
    expect(await recordedLast()).toEqual({
      ...{ type: 'operation-recorded', operation: 'dead-letter-requeued', subject: id, ...NOTE },
      recordedAt: expect.any(Number),
      before: { code: 'loan-of-another-customer', factId: factId('disbursed-A-L-A-2'), seen: 1, resolution: null },
      after: { resolution: 'accepted', status: 'accepted' },
    });
  });

  it('is of where it first came in', async () => {
    const { origin } = await letterAbout('disbursed-A-L-A-2', 'loan-of-another-customer');
    const events = await ingestion.store.readStream('customer-A-2', 0, 100);
    const taken = events.find(({ type }) => type === 'loan-disbursed');
    expect(JSON.parse(taken?.origin ?? '{}')).toEqual(origin);
  });

  it('stays open when it is refused again, is counted, and recorded', async () => {
    const { id } = await refusedClaim('B');
    const requeued = await requeue(id);
    expect(requeued).toMatchObject({ outcome: { code: 'loan-of-another-customer' }, resolution: null });
    expect(requeued.letter).toMatchObject({ resolution: null, seen: 2 });
    expect(await recordedLast()).toMatchObject({ subject: id, after: { resolution: null, status: 'refused' } });
  });

  it('ends as refused when it is refused for another reason, under which it is kept', async () => {
    const { id } = await refusedClaim('C');
    await parkedWith('C-2', 1);
    await turnsOutToBeTheirs('C');
    const open = await openDeadLetterCount(ingestion.database);
    const requeued = await requeue(id, await ingestion.open());
    expect(requeued).toMatchObject({ outcome: { code: 'customer-cannot-be-decided' }, resolution: 'refused' });
    expect(await openDeadLetterCount(ingestion.database)).toBe(open);
    const kept = await letterAbout('disbursed-C-L-C-2', 'customer-cannot-be-decided');
    expect(kept).toMatchObject({ resolution: null, customerId: 'C-2' });
  });

  it('ends as duplicate when the message came again by itself', async () => {
    const { id } = await refusedClaim('D');
    await turnsOutToBeTheirs('D');
    await other.submit([disbursed('D-L', 'D-2')]);
    expect(await requeue(id)).toMatchObject({ outcome: { status: 'duplicate' }, resolution: 'duplicate' });
  });

  it('ends once when two send it again at the same time', async () => {
    const { id } = await refusedClaim('E');
    await turnsOutToBeTheirs('E');
    const before = await recordCount();
    const both = await Promise.allSettled([requeue(id, one), requeue(id, other), requeue(id, one), requeue(id, other)]);
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const errors = both.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
    for (const error of errors) expect(error).toBeInstanceOf(DeadLetterAlreadyResolved);
    expect(errors[0]!.message).toMatch(new RegExp(`^dead letter ${id} was ended before: accepted, by Ann at 2`));
    expect(await recordCount()).toBe(before + 1);
    const facts = await factIdsOf(ingestion.store, 'E-2');
    expect(facts.filter((one) => one === factId('disbursed-E-L-E-2'))).toHaveLength(1);
  });

  it('says in a dry run what would become of it, and changes nothing', async () => {
    const { id } = await refusedClaim('F');
    const [records, letter] = [await recordCount(), await deadLetter(ingestion.database, id)];
    expect(await requeue(id, one, DRY)).toMatchObject({
      outcome: { code: 'loan-of-another-customer' },
      resolution: null,
    });
    await turnsOutToBeTheirs('F');
    const dry = await requeue(id, one, DRY);
    expect(dry).toMatchObject({
      outcome: { status: 'accepted' },
      resolution: 'accepted',
      letter: { resolution: null },
    });
    expect(await deadLetter(ingestion.database, id)).toEqual(letter);
    expect(await recordCount()).toBe(records);
    expect(await factIdsOf(ingestion.store, 'F-2')).toEqual([factId('registered-F-2')]);
    // What was rehearsed is in nobody's memory: nothing is there to be found out of date.
    const { conflicts } = one.writer.statistics();
    expect(await requeue(id)).toMatchObject({ outcome: { status: 'accepted' } });
    expect(one.writer.statistics().conflicts).toBe(conflicts);
  });

  it('keeps headers as they came, bytes that are no text among them', async () => {
    const odd = Buffer.from([0xff, 0x00, 0x01]);
    const headers = { traceparent: Buffer.from('00-ab'), odd };
    const origin = { door: 'kafka', topic: 't', partition: 0, offset: '7' } as const;
    const bytes = Buffer.from('{"no":"event"}');
    await one.writer.submit({ items: [{ kind: 'message', bytes, headers, origin }], advances: [] });
    const { rows } = await ingestion.database.query<{ id: string }>('SELECT max(id) AS id FROM ingestion.dead_letter');
    const before = await deadLetter(ingestion.database, rows[0]!.id);
    expect(before!.headers).toMatchObject({ traceparent: { text: '00-ab' }, odd: { base64: odd.toString('base64') } });
    expect(await requeue(rows[0]!.id)).toMatchObject({ resolution: null, letter: { seen: 2 } });
  });

  it('is not sent when its fact is in its customer’s stream', async () => {
    const foreign = { currency: 'USD' };
    await one.submit([registered('G'), repaid('G-L', 1, foreign)]);
    await one.submit([disbursed('G-L', 'G')]);
    await one.writer.drain();
    const { rows } = await ingestion.database.query<{ id: string }>(
      "SELECT id FROM ingestion.dead_letter WHERE code = 'currency-mismatch' AND door = 'stream'",
    );
    await expect(requeue(rows[0]!.id)).rejects.toThrow(DeadLetterWithoutMessage);
    expect(await discard(rows[0]!.id)).toMatchObject({ resolution: 'discarded' });
  });
});

describe('a discarded letter', () => {
  it('ends with who, why and when, is recorded, and only once', async () => {
    const { id } = await refusedClaim('H');
    expect(await discard(id, DRY)).toMatchObject({
      outcome: null,
      resolution: 'discarded',
      letter: { resolution: null },
    });
    expect(await discard(id)).toMatchObject({
      ...{ outcome: null, resolution: 'discarded' },
      letter: { resolution: 'discarded', resolvedBy: 'Ann', resolvedBecause: NOTE.because },
    });
    expect(await recordedLast()).toMatchObject({ operation: 'dead-letter-discarded', subject: id, by: 'Ann' });
    await expect(discard(id)).rejects.toThrow(DeadLetterAlreadyResolved);
    await expect(requeue(id)).rejects.toThrow(DeadLetterAlreadyResolved);
  });

  it('is open again when its message comes again and is refused', async () => {
    await one.submit([disbursed('H-L', 'H-2')]);
    const letter = await letterAbout('disbursed-H-L-H-2', 'loan-of-another-customer');
    expect(letter).toMatchObject({ resolution: null, resolvedBy: null, resolvedAt: null, seen: 2 });
  });

  it.each(['0', '999999999', 'x', '', '99999999999999999999'])('is not there under the id %j', async (id) => {
    await expect(discard(id)).rejects.toThrow(UnknownDeadLetter);
    await expect(requeue(id, one, DRY)).rejects.toThrow(UnknownDeadLetter);
  });
});

describe('a note', () => {
  it.each([
    ['nobody', { by: ' ', because: 'x' }, /^by is blank/],
    ['no reason', { by: 'Ann', because: '\n' }, /^because is blank/],
    ['a name without end', { by: 'a'.repeat(NOTE_BY_CHARACTERS_MAX + 1), because: 'x' }, /^by is longer than 200/],
    ['a book', { by: 'Ann', because: 'b'.repeat(NOTE_BECAUSE_CHARACTERS_MAX + 1) }, /^because is longer than 2000/],
    ['what cannot be stored', { by: 'A\u0000nn', because: 'x' }, /^by holds a NUL/],
  ])('with %s in it is refused', async (_, note, message) => {
    const tries = [
      requeueDeadLetter(one.writer, ingestion.database, '1', note, REALLY),
      discardDeadLetter(one.writer, ingestion.database, '1', note, REALLY),
      retryParkedCustomer(one.writer, ingestion.database, 'Z', note, REALLY),
    ];
    for (const result of await Promise.allSettled(tries)) {
      const reason = { name: OperatorNoteRefused.name, message: expect.stringMatching(message) };
      expect(result).toMatchObject({ status: 'rejected', reason });
    }
  });
});

describe('a parked customer who is tried again', () => {
  it('stays parked with the error of this time while it fails, and no letter changes', async () => {
    await parkedWith('J', 3);
    const letters = await keptLettersOf(ingestion.database, 'J', 100);
    const failed = await retry('J');
    expect(failed).toMatchObject({ isDecided: false, error: expect.stringContaining('SyntaxError'), letters: [] });
    expect(failed.customer).toMatchObject({ failures: 1, letters: 3 });
    expect(await parkedCustomer(ingestion.database, 'J')).toMatchObject({ failures: 2, letters: 3 });
    expect(await keptLettersOf(ingestion.database, 'J', 100)).toEqual(letters);
    expect(await recordedLast()).toMatchObject({
      ...{ operation: 'parked-customer-retried', subject: 'J', ...NOTE },
      before: { failures: 1, letters: 3 },
      after: { failures: 2, letters: 3, error: expect.stringContaining('SyntaxError') },
    });
  });

  it('says in a dry run whether they can be decided', async () => {
    expect(await retry('J', DRY)).toMatchObject({ isDecided: false, error: expect.stringContaining('SyntaxError') });
    await heal(ingestion.database, 'J');
    const dry = await retry('J', DRY);
    expect(dry).toMatchObject({ isDecided: true, error: null });
    expect(dry.letters).toHaveLength(3);
    expect(await parkedCustomer(ingestion.database, 'J')).toMatchObject({ failures: 2, letters: 3 });
    expect(await factIdsOf(ingestion.store, 'J')).toHaveLength(1);
  });

  it('is taken back once when two try at the same time', async () => {
    const both = await Promise.allSettled([retry('J'), retry('J', REALLY, other)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const rejected = both.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect(rejected.reason).toBeInstanceOf(CustomerNotParked);
    expect(await factIdsOf(ingestion.store, 'J')).toEqual([
      ...[factId('registered-J'), factId('contacted-J-0'), factId('contacted-J-1'), factId('contacted-J-2')],
    ]);
    expect(await recordedLast()).toMatchObject({ subject: 'J', after: null });
  });

  it('has letters of facts that came by themselves, or cannot be taken in, ended as what became of them', async () => {
    await parkedWith('K', 2);
    const told = contacted('K', 0, '2021-06-09');
    await one.submit([told]);
    await heal(ingestion.database, 'K');
    const { letters } = await retry('K');
    expect(statuses(letters.map(({ outcome }) => outcome))).toEqual(['accepted', 'accepted', 'conflicting-duplicate']);
    expect(await keptLettersOf(ingestion.database, 'K', 100)).toEqual([]);
    expect(await letterAbout('contacted-K-0', 'conflicting-duplicate')).toMatchObject({ resolution: null });
  });

  it('is parked until the last of more kept facts than a batch holds', async () => {
    await parkedWith('M', 25);
    await heal(ingestion.database, 'M');
    const small = await ingestion.open({ batchFacts: 10 });
    const before = await recordCount();
    const { letters, isDecided } = await retry('M', REALLY, small);
    expect([letters.length, isDecided]).toEqual([25, true]);
    expect(await recordCount()).toBe(before + 3);
    const contacts = Array.from({ length: 25 }, (_, no) => factId(`contacted-M-${no}`));
    expect(await factIdsOf(ingestion.store, 'M')).toEqual([factId('registered-M'), ...contacts]);
    expect(await parkedCustomer(ingestion.database, 'M')).toBeNull();
  });

  it('keeps a single fact of theirs that is sent again behind the others: the customer is tried, not the fact', async () => {
    await parkedWith('N', 2);
    const [, second] = await keptLettersOf(ingestion.database, 'N', 100);
    await heal(ingestion.database, 'N');
    const requeued = await requeue(second!.id);
    expect(requeued).toMatchObject({ outcome: { code: 'customer-cannot-be-decided' }, resolution: null });
    expect(await factIdsOf(ingestion.store, 'N')).toHaveLength(1);
    await discard(second!.id);
    expect((await retry('N')).letters.map(({ factId: id }) => id)).toEqual([factId('contacted-N-0')]);
  });

  it('is not there when nobody parked them', async () => {
    await expect(retry('nobody')).rejects.toThrow(CustomerNotParked);
    await expect(retry('nobody', DRY)).rejects.toThrow(CustomerNotParked);
  });
});
