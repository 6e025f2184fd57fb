import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readPolicyDocument } from '@retention/contracts';
import { DEFAULT_POLICY } from '@retention/customer';
import type { Policy } from '@retention/customer';
import { RunningApi } from '../running-api.spec-support.js';

const SECOND: Policy = {
  ...DEFAULT_POLICY,
  version: 'lender-2',
  effectiveFrom: '2024-01-01',
  points: { ...DEFAULT_POLICY.points, cap: { per: 'year', points: 100 } },
  churn: { ...DEFAULT_POLICY.churn, graceDays: 60 },
};
const THIRD: Policy = { ...SECOND, version: 'lender-3', effectiveFrom: '2023-01-01', referralGift: null };

let api: RunningApi;
beforeAll(async () => {
  api = await RunningApi.start();
  for (const policy of [SECOND, THIRD]) {
    await api.runtime.writer.publishPolicy({ policy, author: 'Li Na', reason: 'board, 3 May' });
  }
});
afterAll(() => api.stop());

async function get(path: string, status = 200): Promise<Record<string, unknown>> {
  const answer = await api.http.get(`/v1/policies${path}`);
  expect([path, answer.status]).toEqual([path, status]);
  return answer.body as Record<string, unknown>;
}

describe('the policies over HTTP', () => {
  it('are listed in the order of publication, each with what it changed of the one in force before', async () => {
    expect(await get('')).toEqual({
      items: [
        {
          revision: 0,
          version: 'credit-points-1',
          effectiveFrom: '1900-01-01',
          publishedAt: null,
          author: null,
          reason: null,
          changes: [],
        },
        {
          revision: 1,
          version: 'lender-2',
          effectiveFrom: '2024-01-01',
          publishedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
          author: 'Li Na',
          reason: 'board, 3 May',
          changes: [
            { path: 'points.cap', from: null, to: { per: 'year', points: 100 } },
            { path: 'churn.graceDays', from: 90, to: 60 },
          ],
        },
        expect.objectContaining({
          revision: 2,
          version: 'lender-3',
          changes: expect.arrayContaining([
            { path: 'referralGift', from: { amount: '100.00', currency: 'CNY' }, to: null },
            { path: 'churn.graceDays', from: 90, to: 60 },
          ]),
        }),
      ],
      nextCursor: null,
    });
  });

  it('are walked page by page', async () => {
    const first = await get('?limit=2');
    const rest = await get(`?limit=2&cursor=${String(first['nextCursor'])}`);
    const versions = [first, rest].flatMap(({ items }) =>
      (items as { version: string }[]).map(({ version }) => version),
    );
    expect(versions).toEqual(['credit-points-1', 'lender-2', 'lender-3']);
    expect(rest['nextCursor']).toBeNull();
  });

  it.each([
    ['1999-12-31', 'credit-points-1'],
    ['2022-12-31', 'credit-points-1'],
    ['2023-01-01', 'lender-3'],
    ['2023-12-31', 'lender-3'],
    ['2024-01-01', 'lender-2'],
  ])('on %s are %s', async (on, version) => {
    expect(await get(`/in-force?on=${on}`)).toMatchObject({ version, document: { version } });
  });

  it('in force today are asked for without a day', async () => {
    expect(await get('/in-force')).toMatchObject({ version: 'lender-2', revision: 1, author: 'Li Na' });
  });

  it('are documents that can be published again', async () => {
    const { document } = await get('/lender-3');
    expect(readPolicyDocument(JSON.stringify(document))).toEqual({ kind: 'policy', policy: THIRD });
    expect(await get('/credit-points-1')).toMatchObject({ revision: 0, publishedAt: null });
  });

  it('are no others', async () => {
    expect(await get('/lender-9', 404)).toMatchObject({ type: '/problems/unknown-policy' });
    expect(await get('/%00', 404)).toMatchObject({ type: '/problems/unknown-policy' });
  });

  it.each([
    ['?limit=0', 'limit'],
    ['?cursor=x', 'cursor'],
    ['/in-force?on=2024-02-30', 'on'],
    ['/in-force?on=today', 'on'],
    ['/in-force?at=2024-01-01', 'at'],
    ['/lender-2?on=2024-01-01', 'on'],
  ])('are not asked for by %s', async (path, field) => {
    expect(await get(path, 400)).toMatchObject({
      type: '/problems/validation-failed',
      errors: [{ field, reason: expect.any(String) }],
    });
  });
});
