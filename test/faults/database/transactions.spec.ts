import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { int4Array, textArray, uuidArray } from '@retention/platform';
import { TWINS } from './twins.js';
import type { Twin, TwinClient } from './twins.js';

// Every case runs on both servers: what the real one does is what the simulated one has to do.

let named = 0;
const newName = (what: string): string => `${what}-${(named += 1)}`;

const KEEP_LOAN = 'INSERT INTO ingestion.loan_owner (loan_id, customer_id) VALUES ($1, $2)';
const HEAD = 'SELECT shard, head, kept_in FROM store.feed_shard WHERE shard = $1';
const SET_HEAD = 'UPDATE store.feed_shard SET head = $2 WHERE shard = $1';
const OWNERS = 'SELECT loan_id, customer_id FROM ingestion.loan_owner WHERE loan_id = ANY($1::text[])';

describe.each(TWINS)('transactions of %s', (_, open) => {
  let twin: Twin;
  const opened: TwinClient[] = [];
  beforeAll(async () => {
    twin = await open();
  });
  afterAll(() => twin.close());

  async function clients(count: number): Promise<TwinClient[]> {
    while (opened.length < count) opened.push(await twin.connect());
    return opened.slice(0, count);
  }

  async function two(): Promise<[TwinClient, TwinClient]> {
    const [one, other] = await clients(2);
    return [one!, other!];
  }

  const ownersOf = async (client: TwinClient, ...loanIds: string[]): Promise<unknown[]> =>
    (await client.query(OWNERS, [textArray(loanIds)])).rows.map((row) => row['customer_id']);

  describe('what is written', () => {
    it('is seen by its own transaction at once, and by others once it is committed', async () => {
      const [writer, reader] = await two();
      const loan = newName('loan');
      await writer.query('BEGIN');
      await writer.query(KEEP_LOAN, [loan, 'C1']);
      expect([await ownersOf(writer, loan), await ownersOf(reader, loan)]).toEqual([['C1'], []]);
      await writer.query('COMMIT');
      expect(await ownersOf(reader, loan)).toEqual(['C1']);
    });

    it('is seen by the next statement of a transaction that began before', async () => {
      const [writer, reader] = await two();
      const loan = newName('loan');
      await reader.query('BEGIN');
      expect(await ownersOf(reader, loan)).toEqual([]);
      await writer.query(KEEP_LOAN, [loan, 'C1']);
      expect(await ownersOf(reader, loan)).toEqual(['C1']);
      await reader.query('COMMIT');
    });

    it('goes back with a rollback: rows added, changed and deleted', async () => {
      const [client] = await two();
      const [kept, added] = [newName('loan'), newName('loan')];
      await client.query(KEEP_LOAN, [kept, 'C1']);
      await client.query('BEGIN');
      await client.query('UPDATE ingestion.loan_owner SET customer_id = $2 WHERE loan_id = $1', [kept, 'C2']);
      await client.query('DELETE FROM ingestion.loan_owner WHERE loan_id = $1', [kept]);
      await client.query(KEEP_LOAN, [added, 'C1']);
      await client.query('ROLLBACK');
      expect(await ownersOf(client, kept, added)).toEqual(['C1']);
    });

    it('may be deleted and added again under the same key, while others see the row as it was', async () => {
      const [writer, reader] = await two();
      const loan = newName('loan');
      await writer.query(KEEP_LOAN, [loan, 'C1']);
      for (const end of ['ROLLBACK', 'COMMIT']) {
        await writer.query('BEGIN');
        await writer.query('DELETE FROM ingestion.loan_owner WHERE loan_id = $1', [loan]);
        await writer.query(KEEP_LOAN, [loan, 'C2']);
        expect([await ownersOf(writer, loan), await ownersOf(reader, loan)]).toEqual([['C2'], ['C1']]);
        await writer.query(end);
        expect(await ownersOf(reader, loan)).toEqual([end === 'COMMIT' ? 'C2' : 'C1']);
      }
    });

    it('tells how many rows it was', async () => {
      const [client] = await two();
      const loans = [newName('loan'), newName('loan')];
      const insert =
        'INSERT INTO ingestion.loan_owner (loan_id, customer_id) SELECT * FROM unnest($1::text[], $2::text[])';
      expect((await client.query(insert, [textArray(loans), textArray(['C1', 'C2'])])).rowCount).toBe(2);
      expect((await client.query(OWNERS, [textArray(loans)])).rowCount).toBe(2);
      const remove = 'DELETE FROM ingestion.loan_owner WHERE loan_id = ANY($1::text[])';
      expect((await client.query(remove, [textArray([...loans, 'none'])])).rowCount).toBe(2);
      expect((await client.query(remove, [textArray([])])).rowCount).toBe(0);
    });
  });

  describe('a statement that fails', () => {
    it('fails its transaction: nothing more is done, and COMMIT takes it back without complaint', async () => {
      const [client, other] = await two();
      const loan = newName('loan');
      await client.query('BEGIN');
      await client.query(KEEP_LOAN, [loan, 'C1']);
      await expect(client.query(KEEP_LOAN, [loan, 'C2'])).rejects.toMatchObject({ code: '23505' });
      await expect(client.query('SELECT 1')).rejects.toMatchObject({ code: '25P02' });
      await expect(client.query('SET LOCAL synchronous_commit = off')).rejects.toMatchObject({ code: '25P02' });
      await client.query('COMMIT');
      expect(await ownersOf(other, loan)).toEqual([]);
      expect((await client.query('SELECT 1')).rowCount).toBe(1);
    });

    it('lets go at once of what its transaction held', async () => {
      const [client, other] = await two();
      await client.query('BEGIN');
      await client.query(SET_HEAD, [1, 5]);
      await expect(client.query(`SELECT 1 FROM store.nothing`)).rejects.toMatchObject({ code: '42P01' });
      expect((await other.query(SET_HEAD, [1, 0])).rowCount).toBe(1);
      await client.query('ROLLBACK');
    });

    it('leaves nothing of its other rows, outside a transaction too', async () => {
      const [client] = await two();
      const [fresh, taken] = [newName('loan'), newName('loan')];
      await client.query(KEEP_LOAN, [taken, 'C1']);
      const insert =
        'INSERT INTO ingestion.loan_owner (loan_id, customer_id) SELECT * FROM unnest($1::text[], $2::text[])';
      const owners = textArray(['C2', 'C2']);
      await expect(client.query(insert, [textArray([fresh, taken]), owners])).rejects.toMatchObject({ code: '23505' });
      expect(await ownersOf(client, fresh, taken)).toEqual(['C1']);
    });

    it.each([
      [
        'a key that is taken',
        `INSERT INTO ingestion.governing (one) VALUES (true)`,
        { code: '23505', table: 'governing', schema: 'ingestion', constraint: 'governing_pkey', severity: 'ERROR' },
      ],
      [
        'a value that is missing',
        `INSERT INTO ingestion.loan_owner (loan_id) VALUES ('x')`,
        { code: '23502', table: 'loan_owner' },
      ],
      ['a date that is none', `UPDATE ingestion.governing SET closed_day = 'today or so'`, { code: '22007' }],
      [
        'a text that is no JSON',
        `INSERT INTO ingestion.pending_fact (key, loan_id, fact_id, type, fact, origin)
        VALUES ('00000000-0000-0000-0000-000000000001', 'l', 'f', 't', '{', '{}')`,
        { code: '22P02' },
      ],
      ['an event that is changed', `UPDATE store.event SET type = 'x' WHERE version = 0`, { code: 'RT001' }],
      ['an event that is deleted', `DELETE FROM store.event WHERE version = 0`, { code: 'RT001' }],
      ['a number too large', `UPDATE ingestion.governing SET policy_revision = '3000000000'`, { code: '22003' }],
    ])('says what is wrong: %s', async (__, text, error) => {
      const [client] = await two();
      await expect(client.query(text)).rejects.toMatchObject(error);
    });

    it('says which key of an event is taken', async () => {
      const [client] = await two();
      const streamId = newName('stream');
      const insert = `INSERT INTO store.event (shard, position, stream_id, version, type, payload)
        VALUES (0, $1, $2, $3, 'noted', '{}')`;
      await client.query(insert, [1, streamId, 1]);
      await expect(client.query(insert, [1, streamId, 2])).rejects.toMatchObject({
        ...{ code: '23505', table: 'event', constraint: 'event_pkey' },
        detail: 'Key (shard, "position")=(0, 1) already exists.',
      });
      await expect(client.query(insert, [2, streamId, 1])).rejects.toMatchObject({
        ...{ code: '23505', table: 'event', constraint: 'event_stream_version' },
        detail: `Key (stream_id, version)=(${streamId}, 1) already exists.`,
      });
    });
  });

  describe('one insert', () => {
    it('that brings the same key twice is refused', async () => {
      const [client] = await two();
      const key = 'ab'.repeat(16);
      const insert = 'INSERT INTO ingestion.fact_identity (key, content) SELECT * FROM unnest($1::uuid[], $2::uuid[])';
      await expect(client.query(insert, [uuidArray([key, key]), uuidArray([key, key])])).rejects.toMatchObject({
        code: '23505',
      });
    });

    it('cannot change the same row twice', async () => {
      const [client] = await two();
      const streamId = newName('stream');
      const upsert = `INSERT INTO store.snapshot AS s (stream_id, version, form, state)
        SELECT * FROM unnest($1::text[], $2::int[], $3::int[], $4::text[])
        ON CONFLICT (stream_id) DO UPDATE SET version = excluded.version, form = excluded.form, state = excluded.state`;
      const twice = [textArray([streamId, streamId]), int4Array([1, 2]), int4Array([1, 1]), textArray(['a', 'b'])];
      await expect(client.query(upsert, twice)).rejects.toMatchObject({ code: '21000' });
    });

    it('uses up a number of its own for each row, be it kept or not', async () => {
      const [client] = await two();
      const insert = `INSERT INTO ingestion.dead_letter AS d (digest, code, reason, door, origin, headers)
        VALUES ($1, 'c', 'r', 'file', '{}', '{}') ON CONFLICT (digest) DO UPDATE SET seen = d.seen + excluded.seen
        RETURNING id, seen`;
      const [digest, other] = ['00'.repeat(16), '11'.repeat(16)];
      const first = (await client.query(insert, [digest])).rows[0]!;
      expect((await client.query(insert, [digest])).rows).toEqual([{ id: first['id'], seen: 2 }]);
      await client.query('BEGIN');
      await client.query(insert, [other]);
      await client.query('ROLLBACK');
      const last = (await client.query(insert, [other])).rows[0]!;
      expect(Number(last['id']) - Number(first['id'])).toBe(3);
    });
  });

  describe('time', () => {
    it('stands still within a transaction', async () => {
      const [client] = await two();
      const insert = 'INSERT INTO projection.worker (worker, alive_until) VALUES ($1, now()) RETURNING alive_until';
      const at = async (): Promise<unknown> =>
        (await client.query(insert, [newName('worker')])).rows[0]!['alive_until'];
      await client.query('BEGIN');
      const first = await at();
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(await at()).toEqual(first);
      await client.query('COMMIT');
      expect(await at()).not.toEqual(first);
    });
  });

  describe('values', () => {
    it('come as the driver of the product gives them', async () => {
      const [client] = await two();
      await client.query(`UPDATE ingestion.governing SET closed_day = '2024-02-29'`);
      expect((await client.query(HEAD, [3])).rows).toEqual([{ shard: 3, head: '0', kept_in: 'postgres' }]);
      expect((await client.query('SELECT * FROM ingestion.governing')).rows).toEqual([
        { one: true, closed_day: '2024-02-29', policy_revision: 0, parked_revision: 0 },
      ]);
      expect((await client.query('SELECT count(*) AS n, min(shard), sum(head) FROM store.feed_shard')).rows).toEqual([
        { n: '16', min: 0, sum: '0' },
      ]);
      await client.query('UPDATE ingestion.governing SET closed_day = NULL');
    });
  });
});
