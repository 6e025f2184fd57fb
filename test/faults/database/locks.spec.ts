import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { int2Array, int4Array, int8Array, textArray } from '@retention/platform';
import { TWINS } from './twins.js';
import type { Twin, TwinClient } from './twins.js';

// Every case runs on both servers: what the real one does is what the simulated one has to do.

let named = 0;
const newName = (what: string): string => `${what}-${(named += 1)}`;

const HEADS = `SELECT shard, head FROM store.feed_shard WHERE shard = ANY($1::smallint[]) ORDER BY shard FOR UPDATE`;
const MOVE_HEAD = 'UPDATE store.feed_shard SET head = $2 WHERE shard = $1';
const UNDER_DAY = `SELECT 1 FROM ingestion.governing
  WHERE closed_day IS NOT DISTINCT FROM $1::date AND policy_revision = $2 FOR SHARE`;
const CLOSE_DAY = `UPDATE ingestion.governing SET closed_day = $3::date
  WHERE closed_day IS NOT DISTINCT FROM $1::date AND policy_revision = $2`;
const KEEP_LOAN = 'INSERT INTO ingestion.loan_owner (loan_id, customer_id) VALUES ($1, $2)';
const KEEP_LOAN_ONCE = `${KEEP_LOAN} ON CONFLICT DO NOTHING`;
const GIVE_LOAN = 'UPDATE ingestion.loan_owner SET customer_id = $2 WHERE loan_id = $1';
const FORGET_LOAN = 'DELETE FROM ingestion.loan_owner WHERE loan_id = $1';
const OWNER = 'SELECT customer_id FROM ingestion.loan_owner WHERE loan_id = $1';

type Settled = PromiseSettledResult<{ readonly rowCount: number | null }>;

/** What became of statements: how many rows, or the SQLSTATE. */
function outcomes(settled: readonly Settled[]): unknown[] {
  return settled.map((one) =>
    one.status === 'fulfilled' ? one.value.rowCount : (one.reason as { readonly code?: string }).code,
  );
}

describe.each(TWINS)('sessions of %s', (_, open) => {
  let twin: Twin;
  let clients: [TwinClient, TwinClient, TwinClient, TwinClient];
  beforeAll(async () => {
    twin = await open();
  });
  afterAll(() => twin.close());

  beforeEach(async () => {
    clients = [await twin.connect(), await twin.connect(), await twin.connect(), await twin.connect()];
  });
  afterEach(() => {
    for (const client of clients) client.die();
  });

  const begin = (...some: TwinClient[]): Promise<unknown> => Promise.all(some.map((client) => client.query('BEGIN')));

  async function keepLoan(): Promise<string> {
    const loan = newName('loan');
    await clients[3].query(KEEP_LOAN, [loan, 'C0']);
    return loan;
  }

  const ownerOf = async (loan: string): Promise<unknown> =>
    (await clients[3].query(OWNER, [loan])).rows.map((row) => row['customer_id'])[0] ?? null;

  describe('a locked row', () => {
    it('is waited for, and read as it is then', async () => {
      const [one, other] = clients;
      await begin(one, other);
      await one.query(HEADS, [int2Array([3, 4])]);
      const waiting = other.query(HEADS, [int2Array([4])]);
      await twin.untilWaiting(1);
      await one.query(MOVE_HEAD, [4, 17]);
      await one.query('COMMIT');
      expect((await waiting).rows).toEqual([{ shard: 4, head: '17' }]);
      await other.query(MOVE_HEAD, [4, 0]);
      await other.query('COMMIT');
    });

    it('is as it was where the other gave up', async () => {
      const [one, other] = clients;
      await begin(one, other);
      await one.query(MOVE_HEAD, [5, 17]);
      const waiting = other.query(HEADS, [int2Array([5])]);
      await twin.untilWaiting(1);
      await one.query('ROLLBACK');
      expect((await waiting).rows).toEqual([{ shard: 5, head: '0' }]);
      await other.query('COMMIT');
    });

    it.each([
      ['COMMIT', 0],
      ['ROLLBACK', 1],
    ])('is looked at again after the wait: a condition that held before %s', async (end, rows) => {
      const [one, other] = clients;
      await begin(one);
      await one.query(CLOSE_DAY, [null, 0, '2024-01-01']);
      const update = other.query(CLOSE_DAY, [null, 0, '2024-01-02']);
      await twin.untilWaiting(1);
      await one.query(end);
      expect((await update).rowCount).toBe(rows);
      await other.query('UPDATE ingestion.governing SET closed_day = NULL');
    });

    it('that began to fulfil a condition meanwhile is not found: the statement looked before it waited', async () => {
      const [one, other] = clients;
      const loan = await keepLoan();
      await begin(one);
      await one.query(GIVE_LOAN, [loan, 'C9']);
      const found = await other.query(`DELETE FROM ingestion.loan_owner WHERE loan_id = $1 AND customer_id = 'C9'`, [
        loan,
      ]);
      expect(found.rowCount).toBe(0);
      await one.query('COMMIT');
    });

    it('that is deleted meanwhile is left out', async () => {
      const [one, other, third] = clients;
      const loan = await keepLoan();
      await begin(one);
      await one.query(FORGET_LOAN, [loan]);
      const waiting = Promise.allSettled([other.query(FORGET_LOAN, [loan]), third.query(GIVE_LOAN, [loan, 'C3'])]);
      await twin.untilWaiting(2);
      await one.query('COMMIT');
      expect(outcomes(await waiting)).toEqual([0, 0]);
    });

    it('goes to those who wait in the order they came', async () => {
      const [one, other, third] = clients;
      await begin(one);
      await one.query(MOVE_HEAD, [6, 1]);
      const order: string[] = [];
      const wait = async (client: TwinClient, name: string, sessions: number): Promise<void> => {
        const done = client.query(MOVE_HEAD, [6, 2]).then(() => order.push(name));
        await twin.untilWaiting(sessions);
        waits.push(done);
      };
      const waits: Promise<unknown>[] = [];
      await wait(other, 'first', 1);
      await wait(third, 'second', 2);
      await one.query('COMMIT');
      await Promise.all(waits);
      expect(order).toEqual(['first', 'second']);
      await one.query(MOVE_HEAD, [6, 0]);
    });

    it('may be shared; who wants to change it waits for all, and a late share passes by', async () => {
      const [one, other, third, late] = clients;
      await begin(one, other, third, late);
      await one.query(UNDER_DAY, [null, 0]);
      expect((await other.query(UNDER_DAY, [null, 0])).rowCount).toBe(1);
      const closing = third.query(CLOSE_DAY, [null, 0, '2024-01-01']);
      await twin.untilWaiting(1);
      expect((await late.query(UNDER_DAY, [null, 0])).rowCount).toBe(1);
      await one.query('COMMIT');
      await other.query('COMMIT');
      await twin.untilWaiting(1);
      await late.query('COMMIT');
      expect((await closing).rowCount).toBe(1);
      await third.query('ROLLBACK');
    });

    it('that is changed is not shared: who wanted to share it finds that it is another day', async () => {
      const [one, other] = clients;
      await begin(one, other);
      await one.query(CLOSE_DAY, [null, 0, '2024-01-01']);
      const sharing = other.query(UNDER_DAY, [null, 0]);
      await twin.untilWaiting(1);
      await one.query('COMMIT');
      expect((await sharing).rowCount).toBe(0);
      await other.query('COMMIT');
      await one.query('UPDATE ingestion.governing SET closed_day = NULL');
    });

    it('is skipped by who says so, and does not count for the limit', async () => {
      const [one, other] = clients;
      const letter = `INSERT INTO ingestion.dead_letter (digest, code, reason, door, origin, headers)
        VALUES ($1, 'c', 'r', 'kafka', '{}', '{}')`;
      for (const digit of ['1', '2', '3']) await one.query(letter, [digit.repeat(32)]);
      const take = `SELECT id, digest FROM ingestion.dead_letter
        WHERE published_at IS NULL AND door = 'kafka' ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED`;
      const digits = (rows: readonly Readonly<Record<string, unknown>>[]): string[] =>
        rows.map((row) => String(row['digest']).slice(0, 1));
      await begin(one, other);
      expect(digits((await one.query(take, [1])).rows)).toEqual(['1']);
      const { rows } = await other.query(take, [1]);
      expect(digits(rows)).toEqual(['2']);
      const ids = rows.map((row) => row['id']);
      await other.query('UPDATE ingestion.dead_letter SET published_at = now() WHERE id = ANY($1::bigint[])', [ids]);
      await other.query('COMMIT');
      await one.query('ROLLBACK');
      expect(digits((await other.query(take, [9])).rows)).toEqual(['1', '3']);
      await other.query('DELETE FROM ingestion.dead_letter');
    });
  });

  describe('two that wait for each other', () => {
    it('are one that is refused and one that goes on', async () => {
      const [one, other] = clients;
      await begin(one, other);
      await one.query(MOVE_HEAD, [7, 1]);
      await other.query(MOVE_HEAD, [8, 1]);
      const settled = await Promise.allSettled([one.query(MOVE_HEAD, [8, 2]), other.query(MOVE_HEAD, [7, 2])]);
      expect(outcomes(settled).sort()).toEqual([1, '40P01']);
      await Promise.all([one.query('ROLLBACK'), other.query('ROLLBACK')]);
    });

    it('may be two that share a row and both want to change it', async () => {
      const [one, other] = clients;
      await begin(one, other);
      await one.query(UNDER_DAY, [null, 0]);
      await other.query(UNDER_DAY, [null, 0]);
      const close = [null, 0, '2024-01-01'];
      const settled = await Promise.allSettled([one.query(CLOSE_DAY, close), other.query(CLOSE_DAY, close)]);
      expect(outcomes(settled).sort()).toEqual([1, '40P01']);
      await Promise.all([one.query('ROLLBACK'), other.query('ROLLBACK')]);
    });

    it('may wait for keys that are not there yet', async () => {
      const [one, other] = clients;
      const [first, second] = [newName('loan'), newName('loan')];
      await begin(one, other);
      await one.query(KEEP_LOAN, [first, 'C1']);
      await other.query(KEEP_LOAN, [second, 'C2']);
      const settled = await Promise.allSettled([
        one.query(KEEP_LOAN, [second, 'C1']).then((result) => one.query('COMMIT').then(() => result)),
        other.query(KEEP_LOAN, [first, 'C2']).then((result) => other.query('COMMIT').then(() => result)),
      ]);
      expect(outcomes(settled).sort()).toEqual([1, '40P01']);
      expect(new Set([await ownerOf(first), await ownerOf(second)]).size).toBe(1);
    });
  });

  describe('a key that another has inserted without having committed', () => {
    it.each([
      ['COMMIT', '23505', 'C1'],
      ['ROLLBACK', 1, 'C2'],
    ])('is waited for: %s', async (end, outcome, owner) => {
      const [one, other] = clients;
      const loan = newName('loan');
      await begin(one);
      await one.query(KEEP_LOAN, [loan, 'C1']);
      const inserting = Promise.allSettled([other.query(KEEP_LOAN, [loan, 'C2'])]);
      await twin.untilWaiting(1);
      await one.query(end);
      expect(outcomes(await inserting)).toEqual([outcome]);
      expect(await ownerOf(loan)).toBe(owner);
    });

    it.each([
      ['COMMIT', 0, 'C1'],
      ['ROLLBACK', 1, 'C2'],
    ])('is waited for by who would do nothing: %s', async (end, rows, owner) => {
      const [one, other] = clients;
      const loan = newName('loan');
      await begin(one);
      await one.query(KEEP_LOAN, [loan, 'C1']);
      const inserting = other.query(KEEP_LOAN_ONCE, [loan, 'C2']);
      await twin.untilWaiting(1);
      await one.query(end);
      expect((await inserting).rowCount).toBe(rows);
      expect(await ownerOf(loan)).toBe(owner);
    });

    it.each([
      ['COMMIT', 5],
      ['ROLLBACK', 3],
    ])('is waited for by who would change it, and changed as it is then: %s', async (end, seen) => {
      const [one, other] = clients;
      const upsert = `INSERT INTO ingestion.dead_letter AS d (digest, code, reason, door, origin, headers, seen)
        VALUES ($1, 'c', 'r', 'file', '{}', '{}', $2) ON CONFLICT (digest) DO UPDATE SET seen = d.seen + excluded.seen
        RETURNING seen`;
      const digest = 'ab'.repeat(16);
      await begin(one);
      await one.query(upsert, [digest, 2]);
      const upserting = other.query(upsert, [digest, 3]);
      await twin.untilWaiting(1);
      await one.query(end);
      expect((await upserting).rows).toEqual([{ seen }]);
      await one.query('DELETE FROM ingestion.dead_letter');
    });
  });

  describe('a key whose row another has deleted without having committed', () => {
    it.each([
      ['COMMIT', 1, 'C2'],
      ['ROLLBACK', '23505', 'C0'],
    ])('is waited for: %s', async (end, outcome, owner) => {
      const [one, other] = clients;
      const loan = await keepLoan();
      await begin(one);
      await one.query(FORGET_LOAN, [loan]);
      const inserting = Promise.allSettled([other.query(KEEP_LOAN, [loan, 'C2'])]);
      await twin.untilWaiting(1);
      await one.query(end);
      expect(outcomes(await inserting)).toEqual([outcome]);
      expect(await ownerOf(loan)).toBe(owner);
    });
  });

  describe('ON CONFLICT DO NOTHING', () => {
    it('waits for who changes the row, though it would do nothing either way', async () => {
      const [one, other] = clients;
      const loan = await keepLoan();
      await begin(one);
      await one.query(GIVE_LOAN, [loan, 'C1']);
      const inserting = other.query(KEEP_LOAN_ONCE, [loan, 'C2']);
      await twin.untilWaiting(1);
      await one.query('COMMIT');
      expect((await inserting).rowCount).toBe(0);
    });

    it('does not wait for who has only locked it', async () => {
      const [one, other] = clients;
      const loan = await keepLoan();
      await begin(one);
      await one.query(`${OWNER} FOR UPDATE`, [loan]);
      expect((await other.query(KEEP_LOAN_ONCE, [loan, 'C2'])).rowCount).toBe(0);
      await expect(other.query(KEEP_LOAN, [loan, 'C2'])).rejects.toMatchObject({ code: '23505' });
      await one.query('COMMIT');
    });
  });

  describe('ON CONFLICT DO UPDATE', () => {
    const KEEP_DAY = `INSERT INTO ingestion.customer_deadline AS d (customer_id, due_on)
      SELECT customer_id, due_on::date FROM unnest($1::text[], $2::text[]) AS k(customer_id, due_on)
      ON CONFLICT (customer_id) DO UPDATE SET due_on = excluded.due_on
      WHERE excluded.due_on < d.due_on OR (d.due_on IS NULL AND excluded.due_on IS NOT NULL)`;
    const keepDay = (client: TwinClient, customerId: string, day: string | null): ReturnType<TwinClient['query']> =>
      client.query(KEEP_DAY, [textArray([customerId]), textArray([day])]);
    const dayOf = async (customerId: string): Promise<unknown> => {
      const text = 'SELECT due_on FROM ingestion.customer_deadline WHERE customer_id = $1';
      return (await clients[3].query(text, [customerId])).rows[0]?.['due_on'];
    };

    it('compares with the row as it is after the wait', async () => {
      const [one, other] = clients;
      const customer = newName('C');
      await keepDay(one, customer, '2024-03-03');
      await begin(one);
      await keepDay(one, customer, '2024-01-01');
      const later = keepDay(other, customer, '2024-02-02');
      await twin.untilWaiting(1);
      await one.query('COMMIT');
      expect([(await later).rowCount, await dayOf(customer)]).toEqual([0, '2024-01-01']);
    });

    it('keeps the lock of a row it leaves as it is', async () => {
      const [one, other] = clients;
      const customer = newName('C');
      await keepDay(one, customer, '-infinity');
      await begin(one);
      expect((await keepDay(one, customer, '2024-01-01')).rowCount).toBe(0);
      const changing = keepDay(other, customer, null);
      await twin.untilWaiting(1);
      await one.query('COMMIT');
      expect([(await changing).rowCount, await dayOf(customer)]).toEqual([0, '-infinity']);
    });
  });

  describe('a compare-and-set of an offset', () => {
    const FIRST = `INSERT INTO store.consumer_offset (consumer, source, next)
      SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) ON CONFLICT DO NOTHING`;
    const moving = (guard: string, lock: string): string => `
      UPDATE store.consumer_offset o SET next = a.next
      FROM (
        SELECT c.consumer, c.source, a.next FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
          AS a(consumer, source, expected, next)
        JOIN store.consumer_offset c ON c.consumer = a.consumer AND c.source = a.source ${guard}
        ORDER BY c.consumer, c.source ${lock}
      ) a
      WHERE o.consumer = a.consumer AND o.source = a.source`;
    const GUARD = 'AND c.next = a.expected';
    const LOCK = 'FOR UPDATE OF c';
    const move = (client: TwinClient, text: string, consumer: string, expected: number, next: number) =>
      client.query(text, [textArray([consumer]), textArray(['s']), int8Array([expected]), int8Array([next])]);

    async function race(text: string, end: string): Promise<unknown[]> {
      const [one, other] = clients;
      const consumer = newName('consumer');
      await one.query(FIRST, [textArray([consumer]), textArray(['s']), int8Array([10])]);
      await begin(one);
      expect((await move(one, text, consumer, 10, 20)).rowCount).toBe(1);
      const second = move(other, text, consumer, 10, 30);
      await twin.untilWaiting(1);
      await one.query(end);
      const { rowCount } = await second;
      const { rows } = await one.query('SELECT source, next FROM store.consumer_offset WHERE consumer = $1', [
        consumer,
      ]);
      return [rowCount, rows[0]?.['next']];
    }

    it.each([
      ['the first has committed', 'COMMIT', GUARD, LOCK, [0, '20']],
      ['the first has given up', 'ROLLBACK', GUARD, LOCK, [1, '30']],
      ['nothing is compared', 'COMMIT', '', LOCK, [1, '30']],
      ['it is compared before it is locked', 'COMMIT', GUARD, '', [1, '30']],
    ])('of two lets one through; where %s', async (__, end, guard, lock, result) => {
      expect(await race(moving(guard, lock), end)).toEqual(result);
    });

    it('is refused by the first look where the offset stands elsewhere', async () => {
      const [one] = clients;
      const consumer = newName('consumer');
      await one.query(FIRST, [textArray([consumer]), textArray(['s']), int8Array([10])]);
      expect((await move(one, moving(GUARD, LOCK), consumer, 9, 20)).rowCount).toBe(0);
      expect((await move(one, moving('', LOCK), consumer, 9, 20)).rowCount).toBe(1);
    });
  });

  describe('a compare-and-set of a checkpoint', () => {
    const moving = (guard: string): string => `
      UPDATE projection.checkpoint c SET position = m.reached
      FROM (
        SELECT c.shard, m.reached
        FROM unnest($3::smallint[], $4::bigint[], $5::bigint[], $6::int[]) AS m(shard, above, reached, revision)
        JOIN projection.checkpoint c
          ON c.projection = $1 AND c.version = $2 AND c.shard = m.shard ${guard}
        ORDER BY c.shard FOR UPDATE OF c
      ) m
      WHERE c.projection = $1 AND c.version = $2 AND c.shard = m.shard`;
    const FIRST = `INSERT INTO projection.checkpoint (projection, version, shard, position)
      SELECT $1, $2, shard, 0 FROM unnest($3::smallint[]) AS shard ON CONFLICT DO NOTHING`;

    it.each([
      ['AND c.position = m.above AND c.revision = m.revision', 0, ['9', '9']],
      ['AND c.revision = m.revision', 2, ['7', '7']],
      ['', 2, ['7', '7']],
    ])('of two lets one through, where it says %j', async (guard, rows, positions) => {
      const [one, other] = clients;
      const name = newName('projection');
      const shards = int2Array([2, 3]);
      await one.query(FIRST, [name, 1, shards]);
      const move = (client: TwinClient, to: number) =>
        client.query(moving(guard), [name, 1, shards, int8Array([0, 0]), int8Array([to, to]), int4Array([0, 0])]);
      await begin(one);
      expect((await move(one, 9)).rowCount).toBe(2);
      const second = move(other, 7);
      await twin.untilWaiting(1);
      await one.query('COMMIT');
      expect((await second).rowCount).toBe(rows);
      const read = `SELECT shard, position FROM projection.checkpoint
        WHERE projection = $1 AND version = $2 AND shard = ANY($3::smallint[]) ORDER BY shard`;
      expect((await one.query(read, [name, 1, shards])).rows.map((row) => row['position'])).toEqual(positions);
    });

    it.each([
      [0, ' AND c.revision = m.revision'],
      [1, ''],
    ])('lets %i through that another has revised meanwhile, where it says %j', async (rows, guard) => {
      const [one, other] = clients;
      const name = newName('projection');
      const shards = int2Array([2]);
      await one.query(FIRST, [name, 1, shards]);
      await begin(one);
      await one.query('UPDATE projection.checkpoint SET revision = revision + 1 WHERE projection = $1', [name]);
      const text = moving(`AND c.position = m.above${guard}`);
      const second = other.query(text, [name, 1, shards, int8Array([0]), int8Array([7]), int4Array([0])]);
      await twin.untilWaiting(1);
      await one.query('COMMIT');
      expect((await second).rowCount).toBe(rows);
    });
  });

  describe('a session that waits', () => {
    it('is ended by an administrator at once, and what it held goes to others', async () => {
      const [one, other, third] = clients;
      const loan = await keepLoan();
      await begin(one, other);
      await one.query(MOVE_HEAD, [9, 1]);
      await other.query(GIVE_LOAN, [loan, 'C1']);
      const waiting = Promise.allSettled([other.query(MOVE_HEAD, [9, 2])]);
      await twin.untilWaiting(1);
      await twin.terminateWaiting();
      expect(outcomes(await waiting)).toEqual(['57P01']);
      await expect(other.query('SELECT 1')).rejects.toThrow();
      expect((await third.query(GIVE_LOAN, [loan, 'C2'])).rowCount).toBe(1);
      await one.query('ROLLBACK');
    });

    it('whose client is gone does what it was told once it can, and nothing more', async () => {
      const [one, other, third] = clients;
      const [alone, within] = [await keepLoan(), await keepLoan()];
      await begin(one, third);
      await one.query(GIVE_LOAN, [alone, 'C1']);
      await one.query(GIVE_LOAN, [within, 'C1']);
      const waiting = Promise.allSettled([
        other.query(GIVE_LOAN, [alone, 'C2']),
        third.query(GIVE_LOAN, [within, 'C3']),
      ]);
      await twin.untilWaiting(2);
      other.die();
      third.die();
      await one.query('COMMIT');
      await waiting;
      // Whoever waits for the rows now waits until both sessions have noticed.
      await one.query(`${OWNER} FOR UPDATE`, [alone]);
      await one.query(`${OWNER} FOR UPDATE`, [within]);
      expect([await ownerOf(alone), await ownerOf(within)]).toEqual(['C2', 'C1']);
    });
  });
});
