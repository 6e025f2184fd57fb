import { describe, expect, it } from '@jest/globals';
import {
  applied,
  deposit,
  disbursalUndone,
  disbursed,
  given,
  overdue,
  registered,
  settled,
} from './testing-facts.spec-support.js';

const phaseAfter = (...facts: Parameters<typeof given>[0]) =>
  given(facts, { closedDay: '2020-06-01' }).state.held.phase;
const member = registered();

describe('the phase of the life cycle', () => {
  it('is prospect without a loan, and again when the only one is undone', () => {
    expect(phaseAfter(member)).toBe('prospect');
    expect(phaseAfter(member, disbursed('L1', '2020-05-01'), disbursalUndone('L1', '2020-05-02'))).toBe('prospect');
  });

  it('is initial while the first loan runs', () => {
    expect(phaseAfter(member, disbursed('L1', '2020-05-01'))).toBe('initial');
  });

  it('is steady with two loans or more, one of them running', () => {
    expect(
      phaseAfter(member, disbursed('L1', '2020-01-01'), settled('L1', '2020-04-01'), disbursed('L2', '2020-05-01')),
    ).toBe('steady');
  });

  it('is wavering when the warning is orange or red', () => {
    const fall = [deposit('2020-01-01', '2020-01-31', 1000), deposit('2020-02-01', '2020-02-29', 1)];
    expect(phaseAfter(member, disbursed('L1', '2020-05-01'), ...fall, overdue('L1', '2020-05-20'))).toBe('wavering');
  });

  it('is leaving in grace after the last settlement without an application, and not with one', () => {
    const settledOne = [member, disbursed('L1', '2020-01-01'), settled('L1', '2020-05-01')];
    expect(phaseAfter(...settledOne)).toBe('leaving');
    expect(phaseAfter(...settledOne, applied('L2', '2020-05-20'))).toBe('initial');
  });

  it('is gone once churned, also with an application', () => {
    const facts = [member, disbursed('L1', '2019-01-01'), settled('L1', '2020-01-01')];
    expect(phaseAfter(...facts)).toBe('gone');
    expect(phaseAfter(...facts, applied('L2', '2020-05-20'))).toBe('gone');
  });

  it('is returned once won back, until the next settlement', () => {
    const facts = [member, disbursed('L1', '2018-01-01'), settled('L1', '2019-01-01'), disbursed('L2', '2020-02-01')];
    expect(phaseAfter(...facts)).toBe('returned');
    expect(phaseAfter(...facts, disbursed('L3', '2020-03-01'), settled('L2', '2020-05-01'))).toBe('steady');
    expect(phaseAfter(...facts, settled('L2', '2020-05-01'))).toBe('leaving');
  });
});
