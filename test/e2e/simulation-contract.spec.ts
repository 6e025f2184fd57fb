import { describe, expect, it } from '@jest/globals';
import { createFactReader, type IncomingFact, MESSAGE_TYPES, type Refusal } from '@retention/contracts';
import { type LenderParameters, simulateLines } from '@retention/simulation';

const reader = createFactReader({ businessTimeZone: 'Asia/Shanghai' });

// Trouble and corrections are rare at a real lender; here they are common, so that every type comes up.
const EVENTFUL: LenderParameters = {
  customers: 1600,
  years: 3,
  seed: 11,
  closesBusinessDays: true,
  writtenOffRate: 0.05,
  rescheduledRate: 0.05,
  disbursalUndoneRate: 0.02,
  settlementUndoneRate: 0.02,
  repaymentReversedRate: 0.02,
  pointsAdjustedRate: 0.02,
};

describe('the simulated lender under the upstream contract', () => {
  const lines = [...simulateLines(EVENTFUL)];
  const answers = lines.map((line) => reader.read(Buffer.from(line)));
  const facts = answers.filter((answer): answer is IncomingFact => answer.kind === 'fact');

  it('writes more than 20,000 messages and no message that is refused', () => {
    const refusals = answers.filter((answer): answer is Refusal => answer.kind !== 'fact');
    expect(refusals.slice(0, 3)).toEqual([]);
    expect(facts.length).toBeGreaterThan(20_000);
  });

  it('writes every type of the contract', () => {
    const written = new Set(lines.map((line) => (JSON.parse(line) as { type: string }).type));
    expect([...written].sort()).toEqual([...MESSAGE_TYPES].sort());
  });

  it('never tells another story under the same id', () => {
    const stories = new Map<string, string>();
    for (const { factId, contentHash } of facts) {
      expect(contentHash).toBe(stories.get(factId) ?? contentHash);
      stories.set(factId, contentHash);
    }
    expect(stories.size).toBeLessThan(facts.length);
  });

  it('leaves the customer to be found through the loan where it gives no subject', () => {
    const orphans = facts.filter((fact) => fact.customerId === null && fact.fact.type !== 'business-day-closed');
    expect(orphans.length).toBeGreaterThan(0);
    expect(orphans.filter((fact) => fact.loanId === null)).toEqual([]);
  });
});
