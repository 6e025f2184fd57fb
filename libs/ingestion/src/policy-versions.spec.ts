import { describe, expect, it } from '@jest/globals';
import { DEFAULT_POLICY } from '@retention/customer';
import { policyBook, type PublishedPolicy } from './policies.js';
import { nextVersionAfter, policyVersions } from './policy-versions.js';

function published(...days: [version: string, effectiveFrom: string][]): PublishedPolicy[] {
  return days.map(([version, effectiveFrom], index) => ({
    revision: index + 1,
    policy: { ...DEFAULT_POLICY, version, effectiveFrom },
    author: 'Li Na',
    reason: 'board',
    publishedAt: 1_700_000_000_000 + index,
  }));
}

const LATER = ['later', '2025-07-01'] as const;
const EARLIER = ['earlier', '2025-01-01'] as const;

describe('the versions of the policy', () => {
  it('begin with the one the product comes with, also when nothing was published', () => {
    expect(policyVersions([])).toEqual([{ revision: 0, policy: DEFAULT_POLICY, publication: null, replaced: null }]);
  });

  it('stand in the order of publication, each with the one that was in force on its first day', () => {
    const versions = policyVersions(
      published([...LATER], [...EARLIER], ['again', '2025-07-01'], ['last', '2026-01-01']),
    );
    expect(versions.map(({ revision, policy, replaced }) => [revision, policy.version, replaced?.version])).toEqual([
      [0, 'credit-points-1', undefined],
      [1, 'later', 'credit-points-1'],
      [2, 'earlier', 'credit-points-1'],
      [3, 'again', 'later'],
      [4, 'last', 'again'],
    ]);
    expect(versions[2]?.publication).toEqual({ author: 'Li Na', reason: 'board', publishedAt: 1_700_000_000_001 });
  });

  it('end where the next in the book begins', () => {
    const book = policyBook(published([...LATER], [...EARLIER]));
    expect(nextVersionAfter(book, '2024-12-31')?.version).toBe('earlier');
    expect(nextVersionAfter(book, '2025-01-01')?.version).toBe('later');
    expect(nextVersionAfter(book, '2025-07-01')).toBeNull();
  });
});

describe('the book of policies', () => {
  it('has every published version in its place by day; of two from one day the later published holds', () => {
    const book = policyBook(published([...LATER], [...EARLIER], ['again', '2025-07-01']));
    expect(book.map(({ version }) => version)).toEqual(['credit-points-1', 'earlier', 'later', 'again']);
  });
});
