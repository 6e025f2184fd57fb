import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  applied,
  contacted,
  dayClosed,
  disbursed,
  factId,
  lifeOf,
  line,
  overdue,
  registered,
} from './lender-lines.spec-support.js';
import { repaid, settled } from './lender-lines.spec-support.js';
import { eventsOf, factIdsOf, openIngestionForSpec, stateOf, statuses } from './writer-for-spec.spec-support.js';
import type { IngestionForSpec, WriterForSpec } from './writer-for-spec.spec-support.js';

let ingestion: IngestionForSpec;
let one: WriterForSpec;
let other: WriterForSpec;

beforeAll(async () => {
  ingestion = await openIngestionForSpec();
  one = await ingestion.open({ batchFacts: 3 });
  other = await ingestion.open();
});
afterAll(() => ingestion.close());

interface KeptLetter {
  readonly code: string;
  readonly field: string | null;
  readonly fact_id: string | null;
  readonly seen: number;
  readonly body: Buffer | null;
  readonly door: string;
}

async function lettersAbout(factIds: readonly string[]): Promise<KeptLetter[]> {
  const { rows } = await ingestion.database.query<KeptLetter>(
    'SELECT code, field, fact_id, seen, body, door FROM ingestion.dead_letter WHERE fact_id = ANY($1) ORDER BY id',
    [factIds],
  );
  return rows;
}

/** The same fact told in other words: a conflicting duplicate. */
function retold(text: string): string {
  return text.replace('"micro"', '"housing"').replace('"personal"', '"corporate"');
}

describe('what becomes of a fact', () => {
  it('accepted: it has taken effect', async () => {
    expect(await one.submit([registered('A1'), disbursed('A1-L', 'A1')])).toEqual([
      { status: 'accepted', factId: factId('registered-A1') },
      { status: 'accepted', factId: factId('disbursed-A1-L-A1') },
    ]);
    expect((await stateOf(ingestion.store, 'A1')).held).toMatchObject({ balance: 10, tier: 'establishing' });
  });

  it('accepted, and kept with where it came from; decisions come from no message', async () => {
    const events = await eventsOf(ingestion.store, 'A1');
    const origins = events.map(({ type, origin }) => [type, origin === null ? null : (JSON.parse(origin) as unknown)]);
    expect(origins.slice(0, 2)).toEqual([
      ['customer-registered', { door: 'file', file: 'spec.ndjson', line: expect.any(Number) }],
      ['loan-disbursed', { door: 'file', file: 'spec.ndjson', line: expect.any(Number) }],
    ]);
    expect(origins.slice(2).length).toBeGreaterThan(2);
    expect(origins.slice(2).map(([, origin]) => origin)).toEqual(origins.slice(2).map(() => null));
  });

  it('parked: it waits for its customer, and takes effect when they are registered', async () => {
    expect(statuses(await one.submit([disbursed('A2-L', 'A2'), contacted('A2', 1)]))).toEqual(['parked', 'parked']);
    expect((await stateOf(ingestion.store, 'A2')).held).toMatchObject({ balance: 0, parked: 2 });
    expect(statuses(await one.submit([registered('A2')]))).toEqual(['accepted']);
    expect((await stateOf(ingestion.store, 'A2')).held).toMatchObject({ balance: 10, parked: 0 });
  });

  it('not parked when what it waits for comes in the same batch, even after it', async () => {
    const outcomes = await other.submit(
      [settled('A3-L'), repaid('A3-L', 1)]
        .map((text) => addSubject(text, 'A3'))
        .concat(disbursed('A3-L', 'A3'), registered('A3')),
    );
    expect(statuses(outcomes)).toEqual(['accepted', 'accepted', 'accepted', 'accepted']);
    expect((await stateOf(ingestion.store, 'A3')).held).toMatchObject({ balance: 12, parked: 0 });
  });

  it('duplicate: the same content again has no effect, in one submission, in one batch or much later', async () => {
    const text = registered('A4');
    expect(statuses(await one.submit([text, text]))).toEqual(['accepted', 'duplicate']);
    const joined = await Promise.all([
      one.submit([contacted('A4', 1)]),
      one.submit([contacted('A4', 1)]),
      one.submit([text]),
    ]);
    expect(joined.map(statuses)).toEqual([['accepted'], ['duplicate'], ['duplicate']]);
    expect(statuses(await other.submit([text, contacted('A4', 1)]))).toEqual(['duplicate', 'duplicate']);
    expect(await factIdsOf(ingestion.store, 'A4')).toEqual([factId('registered-A4'), factId('contacted-A4-1')]);
  });

  it('duplicate: members in another order and other white space are the same content', async () => {
    const text = registered('A5', { region: 'East', branchId: 'B-9' });
    const parsed = JSON.parse(text) as { data: object };
    const reversed = Object.fromEntries(
      Object.entries({ ...parsed, data: Object.fromEntries(Object.entries(parsed.data).reverse()) }).reverse(),
    );
    expect(statuses(await one.submit([text, JSON.stringify(reversed, null, 3)]))).toEqual(['accepted', 'duplicate']);
  });

  it('conflicting duplicate: the first stands, the second is kept for a person to look at', async () => {
    const text = registered('A6');
    const outcomes = await one.submit([text, retold(text)]);
    expect(outcomes[1]).toMatchObject({ status: 'conflicting-duplicate', code: 'conflicting-duplicate', field: 'id' });
    expect(statuses(await other.submit([retold(text), text]))).toEqual(['conflicting-duplicate', 'duplicate']);
    expect((await stateOf(ingestion.store, 'A6')).held.profile).toMatchObject({ kind: 'personal' });
    const letters = await lettersAbout([factId('registered-A6')]);
    expect(letters).toMatchObject([{ code: 'conflicting-duplicate', seen: 2, door: 'file' }]);
    expect(letters[0]!.body!.toString()).toBe(retold(text));
  });

  it('refused: it is named, kept with its bytes, and the others go on', async () => {
    const unknown = line({ id: 'u-A7', type: 'loan.eaten', on: '2021-01-01', data: {} });
    const bad = registered('A7').replace('2021-01-04"', '2021-02-30"');
    const outcomes = await one.submit(['{"bad', null, '', unknown, bad, registered('A7')]);
    expect(outcomes.map((outcome) => ('code' in outcome ? outcome.code : outcome.status))).toEqual([
      'invalid-json',
      'empty-message',
      'empty-message',
      'unknown-type',
      'invalid-date',
      'accepted',
    ]);
    expect(outcomes[4]).toMatchObject({
      status: 'refused',
      field: 'data.registeredOn',
      factId: factId('registered-A7'),
    });
    const [letter] = await lettersAbout([factId('registered-A7')]);
    expect([letter!.code, letter!.body!.toString()]).toEqual(['invalid-date', bad]);
  });

  it('refused things with bytes no text can hold are kept as they came', async () => {
    const odd = [Buffer.from([0xff, 0xfe, 0x00]), Buffer.from('{"a":"\\u0000","b":"\\ud83d"}'), Buffer.from('\u0000')];
    const headers = { 'ce_\u0000id': Buffer.from([0, 255, 128]), plain: 'x\u0000y', proto: Buffer.from('ä') };
    const origin = { door: 'kafka', topic: 't', partition: 1, offset: '9' } as const;
    const items = odd.map((bytes) => ({ kind: 'message', bytes, headers, origin }) as const);
    const outcomes = await one.writer.submit({ items, advances: [] });
    expect(statuses(outcomes)).toEqual(['refused', 'refused', 'refused']);
    const { rows } = await ingestion.database.query<{ body: Buffer; headers: unknown }>(
      `SELECT body, headers FROM ingestion.dead_letter WHERE door = 'kafka' ORDER BY length(body)`,
    );
    expect(rows.map(({ body }) => body.toString('hex')).sort()).toEqual(
      odd.map((bytes) => bytes.toString('hex')).sort(),
    );
    expect(rows[0]!.headers).toEqual({
      ce_id: { base64: 'AP+A' },
      plain: { text: 'x\u0000y' },
      proto: { text: 'ä' },
    });
  });

  it('is told for each in the order they were submitted, whatever becomes of them', async () => {
    const outcomes = await one.submit([
      contacted('A8', 1),
      'not json',
      registered('A8'),
      repaid('A8-nobody', 1),
      contacted('A8', 1),
      retold(registered('A8')),
      disbursed('A8-L', 'A8'),
    ]);
    expect(statuses(outcomes)).toEqual([
      'accepted',
      'refused',
      'accepted',
      'parked',
      'duplicate',
      'conflicting-duplicate',
      'accepted',
    ]);
  });
});

function addSubject(text: string, subject: string): string {
  return JSON.stringify({ ...(JSON.parse(text) as object), subject });
}

describe('batches in flight at the same time', () => {
  it('know each other: of fifty tellings one is accepted', async () => {
    const text = registered('B1');
    const { conflicts } = one.writer.statistics();
    const outcomes = (await Promise.all(Array.from({ length: 50 }, () => one.submit([text])))).flat();
    expect(statuses(outcomes).sort()).toEqual(['accepted', ...Array.from({ length: 49 }, () => 'duplicate')]);
    expect(await factIdsOf(ingestion.store, 'B1')).toEqual([factId('registered-B1')]);
    expect(one.writer.statistics().conflicts).toBe(conflicts);
  });

  it('know each other: of two stories under one name the first stands', async () => {
    const text = registered('B2');
    const told = Array.from({ length: 30 }, (_, index) => (index % 2 === 0 ? text : retold(text)));
    const outcomes = (await Promise.all(told.map((story) => one.submit([story])))).flat();
    expect(statuses(outcomes)).toEqual(
      told.map((_, index) => (index === 0 ? 'accepted' : index % 2 === 0 ? 'duplicate' : 'conflicting-duplicate')),
    );
    expect(await lettersAbout([factId('registered-B2')])).toMatchObject([{ seen: 15 }]);
  });

  it('know each other: whose a loan is, and which day is closed', async () => {
    const story = lifeOf('B3').concat(dayClosed('2021-01-04'), dayClosed('2021-01-05'));
    const outcomes = (await Promise.all(story.map((text) => one.submit([text])))).flat();
    await one.writer.drain();
    expect(new Set(statuses(outcomes))).toEqual(new Set(['accepted']));
    expect((await stateOf(ingestion.store, 'B3')).held).toMatchObject({ balance: 10 + 2 + 10 + 3, parked: 0 });
  });

  it('are few when many submit one fact each', async () => {
    const many = await ingestion.open();
    const before = many.writer.statistics().batches;
    const lines = Array.from({ length: 100 }, (_, index) => registered(`B4-${index}`));
    expect(new Set(statuses((await Promise.all(lines.map((text) => many.submit([text])))).flat()))).toEqual(
      new Set(['accepted']),
    );
    expect(many.writer.statistics().batches - before).toBeLessThanOrEqual(5);
    expect(many.writer.statistics().queued).toBe(0);
  });

  it('take a submission larger than a batch whole', async () => {
    const outcomes = await one.submit(Array.from({ length: 40 }, (_, index) => registered(`B5-${index}`)));
    expect(new Set(statuses(outcomes))).toEqual(new Set(['accepted']));
  });

  it('take nothing for nothing', async () => {
    expect(await one.submit([])).toEqual([]);
  });
});

describe('the calendar', () => {
  it('is one stream, of both writers', async () => {
    const days = Array.from({ length: 28 }, (_, index) => `2022-02-${String(index + 1).padStart(2, '0')}`);
    const outcomes = await Promise.all(
      days.flatMap((day) => [one.submit([dayClosed(day)]), other.submit([dayClosed(day)])]),
    );
    expect(statuses(outcomes.flat()).sort()).toEqual([...days.map(() => 'accepted'), ...days.map(() => 'duplicate')]);
    const closed = (await ingestion.store.readStream('calendar', 0, 1000)).map(
      ({ payload }) => JSON.parse(payload) as { day: string },
    );
    expect(
      closed
        .map(({ day }) => day)
        .filter((day) => day.startsWith('2022'))
        .sort(),
    ).toEqual(days);
  });
});

describe('a loan that two customers claim', () => {
  const claims = (loanId: string) => [disbursed(loanId, 'C1'), disbursed(loanId, 'C2')] as const;
  const refusal = { status: 'refused', code: 'loan-of-another-customer', field: 'data.customerId' };

  beforeAll(() => one.submit([registered('C1'), registered('C2')]));

  it('is the first one’s, in one batch', async () => {
    expect(await one.submit(claims('C-L1'))).toMatchObject([{ status: 'accepted' }, refusal]);
  });

  it('is the first one’s, in the next batch and after a restart', async () => {
    const [mine, theirs] = claims('C-L2');
    expect(statuses(await one.submit([mine]))).toEqual(['accepted']);
    expect(await one.submit([theirs])).toMatchObject([refusal]);
    expect(await (await ingestion.open()).submit([applied('C-L2', 'C2')])).toMatchObject([refusal]);
    expect((await stateOf(ingestion.store, 'C2')).loans.has('C-L2')).toBe(false);
  });

  it('is exactly one’s, when two writers take the claims at once', async () => {
    for (let turn = 0; turn < 10; turn += 1) {
      const loanId = `C-L3-${turn}`;
      const [mine, theirs] = claims(loanId);
      const outcomes = (await Promise.all([one.submit([mine]), other.submit([theirs])])).flat();
      expect(statuses(outcomes).sort()).toEqual(['accepted', 'refused']);
      const owner = outcomes[0]!.status === 'accepted' ? 'C1' : 'C2';
      expect(statuses(await one.submit([repaid(loanId, 1)]))).toEqual(['accepted']);
      const holders = await Promise.all(['C1', 'C2'].map((customerId) => stateOf(ingestion.store, customerId)));
      expect(holders.filter(({ loans }) => loans.has(loanId)).map(({ customerId }) => customerId)).toEqual([owner]);
    }
  });
});

describe('a repayment in another currency than its loan', () => {
  const dollars = { currency: 'USD' };

  it('is refused when the loan is known, and changes nothing', async () => {
    await one.submit([registered('D1'), disbursed('D1-L', 'D1')]);
    const [outcome] = await one.submit([repaid('D1-L', 1, dollars)]);
    expect(outcome).toMatchObject({ status: 'refused', code: 'currency-mismatch', field: 'data.currency' });
    const [letter] = await lettersAbout([factId('repaid-D1-L-1')]);
    expect([letter!.code, letter!.door, letter!.body!.toString()]).toEqual([
      'currency-mismatch',
      'file',
      repaid('D1-L', 1, dollars),
    ]);
    expect([...(await stateOf(ingestion.store, 'D1')).held.setAside.keys()]).toEqual([factId('repaid-D1-L-1')]);
  });

  it('is set aside when the loan comes later, and a person sees it', async () => {
    await one.submit([registered('D2')]);
    expect(statuses(await one.submit([addSubject(repaid('D2-L', 1, dollars), 'D2')]))).toEqual(['parked']);
    expect(statuses(await one.submit([disbursed('D2-L', 'D2')]))).toEqual(['accepted']);
    expect(await lettersAbout([factId('repaid-D2-L-1')])).toMatchObject([
      { code: 'currency-mismatch', field: 'data.currency', door: 'stream', body: null, seen: 1 },
    ]);
    expect([...(await stateOf(ingestion.store, 'D2')).held.setAside.keys()]).toEqual([factId('repaid-D2-L-1')]);
  });

  it('is set aside too when nobody knew whose loan it was', async () => {
    await one.submit([registered('D3')]);
    expect(statuses(await one.submit([repaid('D3-L', 1, dollars)]))).toEqual(['parked']);
    await one.submit([disbursed('D3-L', 'D3')]);
    await one.writer.drain();
    expect(await lettersAbout([factId('repaid-D3-L-1')])).toMatchObject([
      { code: 'currency-mismatch', door: 'stream' },
    ]);
  });

  it('is refused beside its loan in one batch', async () => {
    const outcomes = await one.submit(
      [registered('D4'), repaid('D4-L', 1, dollars), disbursed('D4-L', 'D4'), repaid('D4-L', 2)].map((text) =>
        text.includes('repayment') ? addSubject(text, 'D4') : text,
      ),
    );
    expect(statuses(outcomes)).toEqual(['accepted', 'refused', 'accepted', 'accepted']);
  });
});

describe('dead letters', () => {
  it('are one for the same bytes and reason, counted, whoever brings them', async () => {
    const text = line({ id: 'E1', type: 'loan.eaten', on: '2021-01-01', data: {} });
    await Promise.all([one.submit([text, text, text]), other.submit([text, text]), one.submit([text])]);
    expect(await lettersAbout([factId('E1')])).toMatchObject([{ code: 'unknown-type', seen: 6 }]);
    await one.submit([`${text} `]);
    expect(await lettersAbout([factId('E1')])).toMatchObject([{ seen: 6 }, { seen: 1 }]);
  });

  it('are one for all messages without a value', async () => {
    const count = async () =>
      (
        await ingestion.database.query<{ seen: number }>(
          `SELECT seen FROM ingestion.dead_letter WHERE code = 'empty-message' AND body IS NULL`,
        )
      ).rows;
    const before = (await count())[0]?.seen ?? 0;
    await one.submit([null, null]);
    await other.submit([null]);
    expect(await count()).toEqual([{ seen: before + 3 }]);
  });
});

describe('personal data', () => {
  const person = { name: '欧阳小明', phone: '+86 139 5555 0101', address: '四川路 77 号', birthDate: '1971-03-09' };
  const secrets = Object.values(person);

  it('is kept apart: in no event, snapshot or waiting fact', async () => {
    await one.submit([registered('F1', { ...person, region: 'East' })]);
    const changed = { customerId: 'F1', address: secrets[2], industry: 'tea' };
    await one.submit([line({ id: 'F1-moved', type: 'customer.profile-changed', on: '2021-05-05', data: changed })]);
    await one.submit(Array.from({ length: 60 }, (_, index) => contacted('F1', index)));
    await one.submit([registered('F2', { ...person, NAME: secrets[0], birth_date: secrets[3] }), overdue('F2-L')]);
    for (const table of ['store.event', 'store.snapshot', 'ingestion.pending_fact', 'ingestion.fact_identity']) {
      const { rows } = await ingestion.database.query<{ found: string }>(
        `SELECT count(*) AS found FROM ${table} AS t, unnest($1::text[]) AS secret WHERE strpos(t::text, secret) > 0`,
        [secrets],
      );
      expect([table, rows[0]!.found]).toEqual([table, '0']);
    }
  });

  it('is kept, statement by statement', async () => {
    const { rows } = await ingestion.database.query(
      `SELECT name, phone, address, birth_date FROM ingestion.personal_data WHERE customer_id = 'F1' ORDER BY occurred_at`,
    );
    const { birthDate, ...rest } = person;
    const nothing = { name: null, phone: null, birth_date: null };
    expect(rows).toEqual([
      { ...rest, birth_date: birthDate },
      { ...nothing, address: person.address },
    ]);
  });

  it('is not repeated by a duplicate', async () => {
    await other.submit([registered('F1', { ...person, region: 'East' })]);
    const { rowCount } = await ingestion.database.query(`SELECT FROM ingestion.personal_data WHERE customer_id = 'F1'`);
    expect(rowCount).toBe(2);
  });
});
