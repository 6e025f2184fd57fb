import { describe, expect, it } from '@jest/globals';
import { canonicalJson, canonicalState } from './canonical.js';
import { disbursed, given, referral, registered } from './testing-facts.spec-support.js';

describe('canonical JSON', () => {
  it('writes the keys of objects and maps in code-unit order, at every depth', () => {
    const members = new Map<string, unknown>([
      ['b', { z: 1, a: [{ y: null, x: 'ü' }] }],
      ['a', new Map([[2, 'two']])],
      ['B', true],
    ]);
    expect(canonicalJson(members)).toBe('{"B":true,"a":{"2":"two"},"b":{"a":[{"x":"ü","y":null}],"z":1}}');
  });

  it('keeps the order of arrays, leaves undefined members out and writes a hole as null', () => {
    expect(canonicalJson({ list: [3, undefined, 1], gone: undefined })).toBe('{"list":[3,null,1]}');
  });

  it('keeps a member that is named like a part of the language', () => {
    expect(canonicalJson(new Map([['__proto__', 1]]))).toBe('{"__proto__":1}');
  });

  it('is JSON: what it says reads back', () => {
    const value = { 'quote"': ['\u2028', -0.5, false, {}], empty: [] };
    expect(JSON.parse(canonicalJson(value))).toEqual(value);
  });
});

describe('the canonical state', () => {
  it('is the same after a repetition, though the stream is longer', () => {
    const loan = disbursed('L1', '2020-02-01');
    const [once, twice] = [given([registered(), loan]), given([registered(), loan, loan])];
    expect(twice.state.version).toBe(once.state.version + 1);
    expect(canonicalState(twice.state)).toBe(canonicalState(once.state));
  });

  it('does not tell by which report a referral is known', () => {
    const loan = { loanId: 'L9', on: '2020-02-01' };
    const [early, late] = [
      given([registered(), referral('C2', 3, loan)]),
      given([registered(), referral('C2', 8, loan)]),
    ];
    expect(canonicalState(late.state)).toBe(canonicalState(early.state));
  });

  it('differs as soon as a fact says something else', () => {
    const [one, other] = [
      given([registered(), disbursed('L1', '2020-02-01')]),
      given([registered(), disbursed('L1', '2020-02-01', { principalMinor: 1 })]),
    ];
    expect(canonicalState(one.state)).not.toBe(canonicalState(other.state));
  });
});
