import { describe, expect, it } from '@jest/globals';
import { DEFAULT_POLICY } from '@retention/customer';
import type { Policy } from '@retention/customer';
import fc from 'fast-check';
import { anyPolicy } from './drawn-policy.spec-support.js';
import { policyChanges, policyDifferences } from './policy-differences.js';
import { readPolicyDocument } from './read-policy-document.js';
import { policyDocument, writePolicyDocument } from './write-policy-document.js';

function read(text: string, base?: Policy): Policy {
  const document = readPolicyDocument(text, base);
  if (document.kind === 'faults') throw new Error(JSON.stringify(document.faults));
  return document.policy;
}

const FIVE_LINES = `
version: lender-2
effectiveFrom: 2025-01-01
churn:
  graceDays: 60
`;

describe('a policy document', () => {
  it('is read back as the policy it was written from', () => {
    expect(read(writePolicyDocument(DEFAULT_POLICY))).toEqual(DEFAULT_POLICY);
    fc.assert(
      fc.property(anyPolicy, (policy) => {
        expect(read(writePolicyDocument(policy))).toEqual(policy);
      }),
      { numRuns: 150 },
    );
  });

  it('may be JSON, with the tabs that JSON allows', () => {
    fc.assert(
      fc.property(anyPolicy, fc.constantFrom('', '  ', '\t'), (policy, indent) => {
        expect(read(JSON.stringify(policyDocument(policy), null, indent))).toEqual(policy);
      }),
      { numRuns: 50 },
    );
  });

  it('takes what it leaves out from the policy the product comes with', () => {
    expect(read(FIVE_LINES)).toEqual({
      ...DEFAULT_POLICY,
      version: 'lender-2',
      effectiveFrom: '2025-01-01',
      churn: { ...DEFAULT_POLICY.churn, graceDays: 60 },
    });
  });

  it('takes what it leaves out from another version when told, but neither its name nor its day', () => {
    const base = { ...DEFAULT_POLICY, version: 'lender-1', downgradeAfterDays: 30 };
    expect(read(FIVE_LINES, base)).toEqual({ ...read(FIVE_LINES), downgradeAfterDays: 30 });
    expect(readPolicyDocument('tiers: {}', base)).toEqual({
      kind: 'faults',
      faults: [
        { path: 'version', reason: 'is required' },
        { path: 'effectiveFrom', reason: 'is required' },
      ],
    });
  });

  it('takes nothing into what is given whole: half a cap or an amount without its currency is no default', () => {
    const cap = { per: 'year', points: 100 } as const;
    const base = { ...DEFAULT_POLICY, points: { ...DEFAULT_POLICY.points, cap } };
    const text = 'version: a\neffectiveFrom: 2025-01-01\npoints: { cap: { points: 5 } }\nreferralGift: { amount: "1" }';
    expect(readPolicyDocument(text, base)).toEqual({
      kind: 'faults',
      faults: [
        { path: 'points.cap.per', reason: 'is required' },
        { path: 'referralGift.currency', reason: 'is required' },
      ],
    });
  });

  it('turns a rule off with null, and back on with a value', () => {
    const off = read(
      `${FIVE_LINES}referralGift: null\nwarnings: { balanceFallAmount: ~, contactDays: { trusted: null } }`,
    );
    expect(off.referralGift).toBeNull();
    expect(off.warnings.balanceFallAmount).toBeNull();
    expect(off.warnings.contactDays).toEqual({ ...DEFAULT_POLICY.warnings.contactDays, trusted: null });
    expect(read(`${FIVE_LINES}referralGift: { amount: "150.5", currency: CNY }`, off).referralGift).toEqual({
      amountMinor: 15_050,
      currency: 'CNY',
    });
  });

  it('converts amounts by the decimals of their currency', () => {
    const gift = (amount: string, currency: string) =>
      read(`${FIVE_LINES}referralGift: { amount: "${amount}", currency: ${currency} }`).referralGift?.amountMinor;
    expect([gift('100', 'CNY'), gift('100', 'JPY'), gift('0.5', 'KWD')]).toEqual([10_000, 100, 500]);
  });

  it('reads YAML 1.2 whatever version it calls itself, and knows no other words for numbers', () => {
    expect(read(`%YAML 1.1\n---\n${FIVE_LINES}points: { loanUse: 010 }`).points.loanUse).toBe(10);
    expect(read('version: "1.10"\neffectiveFrom: !!str 2025-01-01')).toMatchObject({ version: '1.10' });
    expect(Object.is(read(`${FIVE_LINES}points: { loanUse: -0 }`).points.loanUse, 0)).toBe(true);
  });

  it('explains every section in a comment, and writes amounts and lists in one line', () => {
    const text = writePolicyDocument(DEFAULT_POLICY);
    expect(text).toMatch(/^# unique name of this version; .*\nversion: credit-points-1\n\n# /);
    expect(text).toContain('\nreferralGift: { amount: "100.00", currency: CNY }\n');
    expect(text).toContain('\n  normalReasons: [ overdue, business_failure, deceased, relocated ]\n');
    expect(text).toContain(
      '  # smallest score of each level; each greater than the one before, below the first it is green\n',
    );
    expect(text.split('\n').every((line) => line.length <= 120)).toBe(true);
  });
});

describe('the differences of two policies', () => {
  it('name every number with what it was and is, amounts as people write them', () => {
    const after = read(`${FIVE_LINES}
points: { cap: { per: year, points: 100 } }
referralGift: { amount: "150", currency: CNY }
`);
    expect(policyDifferences(DEFAULT_POLICY, after)).toEqual([
      { path: 'version', from: 'credit-points-1', to: 'lender-2' },
      { path: 'effectiveFrom', from: '1900-01-01', to: '2025-01-01' },
      { path: 'points.cap', from: null, to: { per: 'year', points: 100 } },
      { path: 'referralGift.amount', from: '100.00', to: '150.00' },
      { path: 'churn.graceDays', from: 90, to: 60 },
    ]);
    expect(policyChanges(DEFAULT_POLICY, after)).toEqual(policyDifferences(DEFAULT_POLICY, after).slice(2));
  });

  it('are none exactly when the policies are the same', () => {
    fc.assert(
      fc.property(anyPolicy, anyPolicy, (one, other) => {
        expect(policyDifferences(one, one)).toEqual([]);
        expect(policyDifferences(one, other)).not.toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});
