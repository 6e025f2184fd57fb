import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeWithEventRows, tamperWithEvent } from '@retention/testing';
import type { Response } from 'supertest';
import { disbursed, message, registered, RunningApi } from '../running-api.spec-support.js';

const BY = { by: 'O-07', reason: 'the release that can' };
const STREAM = 'customer-C1';

let api: RunningApi;
/** What the damaged event held. */
let whole: { readonly version: number; readonly payload: string };

beforeAll(async () => {
  // Of the customers only the last one stays in the memory of the writer.
  api = await RunningApi.start({ AGGREGATE_CACHE_CUSTOMERS: '1' });
});
afterAll(() => api.stop());

const post = (path: string, body: object): Promise<Response> => api.http.post(path).type('application/json').send(body);
const get = async (path: string): Promise<Response> => api.http.get(path);

interface Letter {
  readonly id: string;
}

const problem = ({ status, body, type }: Response): object => ({ status, type, slug: (body as { type: string }).type });
const problemOf = (status: number, slug: string): object => ({
  status,
  type: 'application/problem+json',
  slug: `/problems/${slug}`,
});

describe('dead letters', () => {
  const letterOf = async (code: string): Promise<Letter> =>
    ((await get(`/v1/dead-letters?code=${code}&state=all`)).body as { items: Letter[] }).items[0]!;

  it('are sent again as they came: what is still refused stays open, and is counted', async () => {
    await api.post([message('no.such', 'm-1', {})]);
    const { id } = await letterOf('unknown-type');
    const answer = await post(`/v1/dead-letters/${id}/requeue`, BY);
    expect(answer.body).toMatchObject({
      letter: { id, seen: 2, resolution: null },
      outcome: { status: 'refused', code: 'unknown-type' },
      ...{ resolution: null, dryRun: false },
    });
    expect(answer.status).toBe(200);
  });

  it('are discarded once, and it is known by whom, why and when', async () => {
    const { id } = await letterOf('unknown-type');
    const rehearsed = await post(`/v1/dead-letters/${id}/discard`, { ...BY, dryRun: true });
    expect(rehearsed.body).toMatchObject({ resolution: 'discarded', dryRun: true, letter: { resolution: null } });
    const answer = await post(`/v1/dead-letters/${id}/discard`, BY);
    expect(answer.body).toMatchObject({ outcome: null, resolution: 'discarded', letter: { id, resolvedBy: 'O-07' } });
    expect((await get('/v1/dead-letters')).body.items).toEqual([]);
    expect((await get('/v1/dead-letters?state=resolved')).body.items).toMatchObject([
      { id, resolution: 'discarded', resolvedBecause: BY.reason, resolvedAt: expect.stringMatching(/Z$/) },
    ]);
    const again = await post(`/v1/dead-letters/${id}/requeue`, BY);
    expect(problem(again)).toEqual(problemOf(409, 'dead-letter-resolved'));
    expect(again.body.detail).toContain('O-07');
  });

  it('that are not there are a 404, and who and why are asked for by name', async () => {
    for (const what of ['requeue', 'discard']) {
      expect(problem(await post(`/v1/dead-letters/999/${what}`, BY))).toEqual(problemOf(404, 'unknown-dead-letter'));
      expect(problem(await post(`/v1/dead-letters/x/${what}`, BY))).toEqual(problemOf(404, 'unknown-dead-letter'));
    }
    for (const [body, fields] of [
      [{}, ['by', 'reason']],
      [{ by: ' ', reason: 'x'.repeat(2001) }, ['by', 'reason']],
      [{ ...BY, reason: 7 }, ['reason']],
      [{ by: 'O\u0000', reason: '\ud800' }, ['by', 'reason']],
      [{ ...BY, dryRun: 'yes' }, ['dryRun']],
      [{ ...BY, force: true }, ['force']],
    ] as const) {
      const answer = await post('/v1/dead-letters/1/discard', body);
      expect(problem(answer)).toEqual(problemOf(400, 'validation-failed'));
      const { errors } = answer.body as { errors: { field: string }[] };
      expect(errors.map(({ field }) => field)).toEqual(fields);
    }
    const form = await api.http.post('/v1/dead-letters/1/discard').type('form').send('by=O-07&reason=x');
    expect(problem(form)).toEqual(problemOf(415, 'unsupported-media-type'));
  });
});

describeWithEventRows('a customer whose stream is damaged', () => {
  beforeAll(async () => {
    await api.post([registered('C1'), registered('C2')]);
    await api.post([disbursed('C1', 'L1')]);
    const { rows } = await api.runtime.database.query<{ version: number; payload: string }>(
      `SELECT version, payload::text AS payload FROM store.event
       WHERE stream_id = $1 AND type = 'loan-status-changed'`,
      [STREAM],
    );
    whole = rows[0]!;
    await tamperWithEvent(api.runtime.database, STREAM, { ...whole, payload: 'null' });
    await api.post([registered('C3')]);
    await api.worker.start();
    await api.caughtUp();
  });

  it('stands still in the read models, which is listed, page by page, and shown on them', async () => {
    const first = (await get('/v1/parked-streams?limit=1')).body;
    expect(first.items).toMatchObject([
      { projection: 'customers', streamId: STREAM, customerId: 'C1', error: expect.stringContaining('is damaged') },
    ]);
    const second = (await get(`/v1/parked-streams?limit=1&cursor=${first.nextCursor as string}`)).body;
    expect(second).toMatchObject({ items: [{ projection: 'ledger', streamId: STREAM }], nextCursor: null });
    expect((await get('/v1/customers/C1')).body).toMatchObject({ stale: true, parked: false, loans: [] });
    expect((await get('/v1/customers/C2')).body).toMatchObject({ stale: false, parked: false });
  });

  it('is parked with the next fact, which is kept, and everybody else goes on', async () => {
    await api.post([disbursed('C1', 'L2'), disbursed('C2', 'L3')]);
    await api.caughtUp();
    expect((await get('/v1/parked-customers')).body).toMatchObject({
      items: [{ customerId: 'C1', letters: 1, failures: 1, origin: { door: 'http' } }],
      nextCursor: null,
    });
    expect((await get('/v1/customers/C1')).body).toMatchObject({
      parked: true,
      parkedBecause: expect.stringContaining('1 facts about them are kept'),
    });
    expect((await get('/v1/customers/C2')).body).toMatchObject({ loans: [{ loanId: 'L3' }], parked: false });
    expect((await get('/v1/status')).body).toMatchObject({
      parkedCustomers: 1,
      deadLetters: [{ code: 'customer-cannot-be-decided', letters: 1 }],
    });
  });

  it('fails again while it is damaged, and the answer says so', async () => {
    const customer = await post('/v1/parked-customers/C1/retry', BY);
    expect(customer.status).toBe(200);
    expect(customer.body).toMatchObject({ isDecided: false, error: expect.stringMatching(/./), letters: [] });
    expect((await get('/v1/parked-customers')).body.items).toMatchObject([{ failures: 2, letters: 1 }]);
    const stream = await post(`/v1/parked-streams/customers/${STREAM}/retry`, BY);
    expect(stream.body).toMatchObject({ events: 0, failure: expect.stringContaining('is damaged'), dryRun: false });
  });

  it('is decided and shown once it is mended and tried again, as if nothing had been', async () => {
    await tamperWithEvent(api.runtime.database, STREAM, whole);
    const rehearsed = await post('/v1/parked-customers/C1/retry', { ...BY, dryRun: true });
    expect(rehearsed.body).toMatchObject({ isDecided: true, dryRun: true });
    expect((await get('/v1/parked-customers')).body.items).toHaveLength(1);
    const decided = await post('/v1/parked-customers/C1/retry', BY);
    expect(decided.body).toMatchObject({
      ...{ isDecided: true, error: null, dryRun: false },
      letters: [{ outcome: { status: 'accepted', factId: '/core#dis-L2' } }],
    });
    for (const projection of ['customers', 'ledger']) {
      const path = `/v1/parked-streams/${projection}/${STREAM}/retry`;
      expect((await post(path, { ...BY, dryRun: true })).body).toMatchObject({ failure: null, dryRun: true });
      expect((await post(path, BY)).body).toMatchObject({ projection, streamId: STREAM, failure: null });
    }
    await api.caughtUp();
    expect((await get('/v1/customers/C1')).body).toMatchObject({
      ...{ stale: false, parked: false, points: 20 },
      loans: [{ loanId: 'L1' }, { loanId: 'L2' }],
    });
    expect((await get('/v1/parked-streams')).body).toEqual({ items: [], nextCursor: null });
    expect((await get('/v1/parked-customers')).body).toEqual({ items: [], nextCursor: null });
  });

  it('is not tried again when there is nothing to try', async () => {
    expect(problem(await post('/v1/parked-customers/C1/retry', BY))).toEqual(problemOf(404, 'customer-not-parked'));
    const stream = `/v1/parked-streams/customers/${STREAM}/retry`;
    expect(problem(await post(stream, BY))).toEqual(problemOf(404, 'stream-not-parked'));
    const unknown = `/v1/parked-streams/loans/${STREAM}/retry`;
    expect(problem(await post(unknown, BY))).toEqual(problemOf(404, 'unknown-read-model'));
    for (const id of ['a%20b', '%00', 'x'.repeat(101), 'customer-C9']) {
      const path = `/v1/parked-streams/customers/${id}/retry`;
      expect(problem(await post(path, BY))).toEqual(problemOf(404, 'stream-not-parked'));
    }
    expect(problem(await post('/v1/parked-customers/%00/retry', BY))).toEqual(problemOf(404, 'unknown-customer'));
    expect(problem(await post(stream, { by: 'O-07' }))).toEqual(problemOf(400, 'validation-failed'));
  });
});

it('nothing failed behind the answers', () => {
  expect(api.failures).toEqual([]);
});
