import { describe, expect, it } from '@jest/globals';
import { overdueEvidence, repaidMinor } from './loan.js';
import {
  disbursed,
  given,
  goodLoan,
  noonOf,
  recovered,
  registered,
  repaid,
  types,
  writtenOff,
} from './testing-facts.spec-support.js';

describe('a fact in another currency than its loan', () => {
  const loan = disbursed('L1', '2020-02-01');
  const dollars = repaid('P1', 'L1', '2020-03-01', { currency: 'USD', amountMinor: 17_000 });

  it('is set aside by name, and the repayment does not count', () => {
    const customer = given([registered(), loan, repaid('P2', 'L1', '2020-04-01')]);
    expect(customer.when(dollars)).toEqual([
      {
        type: 'fact-set-aside',
        factId: dollars.factId,
        loanId: 'L1',
        reason: 'currency-mismatch',
        field: 'data.currency',
        policyVersion: 'credit-points-1',
        causes: [dollars.factId, loan.factId],
      },
    ]);
    expect(repaidMinor(customer.state.loans.get('L1')!)).toBe(120_000);
  });

  it('is set aside when the disbursal arrives after it', () => {
    const customer = given([registered(), dollars]);
    expect(types(customer.when(loan))).toContain('fact-set-aside');
  });

  it('is reinstated when the loan turns out to be in that currency, and those in the other are set aside', () => {
    const yuan = repaid('P2', 'L1', '2020-04-01');
    const customer = given([registered(), loan, yuan, dollars]);
    const corrected = disbursed('L1', '2020-02-01', {
      factId: 'core#correction',
      occurredAt: noonOf('2020-05-01'),
      currency: 'USD',
    });
    expect(customer.when(corrected)).toMatchObject([
      { type: 'fact-reinstated', factId: dollars.factId, causes: [dollars.factId, corrected.factId] },
      { type: 'fact-set-aside', factId: yuan.factId, causes: [yuan.factId, corrected.factId] },
    ]);
    expect(repaidMinor(customer.state.loans.get('L1')!)).toBe(17_000);
  });

  it('is let go when a later statement of the same repayment is in the right currency', () => {
    const customer = given([registered(), loan, dollars]);
    const corrected = repaid('P1', 'L1', '2020-03-05');
    expect(customer.when(corrected)).toMatchObject([{ type: 'fact-reinstated', factId: dollars.factId }]);
    expect(customer.state.held.setAside.size).toBe(0);
  });

  it('does not show an overdue when it is a write-off: the points stay until the currencies agree', () => {
    const customer = given([registered(), ...goodLoan('L1', 2020)]);
    const loss = writtenOff('L1', '2020-12-01', { currency: 'USD' });
    expect(types(customer.when(loss))).toEqual(['fact-set-aside']);
    expect(overdueEvidence(customer.state.loans.get('L1')!)).toBeNull();
    const corrected = { ...loan, factId: 'core#correction', occurredAt: noonOf('2020-12-02'), currency: 'USD' };
    expect(types(customer.when(corrected))).toEqual(['fact-reinstated', 'points-taken-back']);
  });

  it('does not take the place of an earlier statement in the right currency', () => {
    const customer = given([registered(), ...goodLoan('L1', 2020), writtenOff('L1', '2020-12-01')]);
    expect(customer.state.held.balance).toBe(10);
    const later = writtenOff('L1', '2020-12-05', { factId: 'core#later', currency: 'USD' });
    expect(types(customer.when(later))).toEqual(['fact-set-aside']);
    expect(customer.state.held.balance).toBe(10);
    const repayment = repaid('P7', 'L1', '2020-04-01');
    customer.when(repayment);
    const before = repaidMinor(customer.state.loans.get('L1')!);
    customer.when(repaid('P7', 'L1', '2020-04-02', { factId: 'core#dollars', currency: 'USD' }));
    expect(repaidMinor(customer.state.loans.get('L1')!)).toBe(before);
  });

  it('is set aside when it is a recovery', () => {
    const customer = given([registered(), loan, writtenOff('L1', '2020-12-01')]);
    const recovery = recovered('L1', '2021-01-01', { currency: 'USD' });
    expect(customer.when(recovery)).toMatchObject([{ type: 'fact-set-aside', factId: recovery.factId }]);
  });

  it('does not disturb another loan of the customer in that currency', () => {
    const customer = given([registered(), loan, dollars, disbursed('L2', '2020-02-01', { currency: 'USD' })]);
    expect(customer.when(repaid('P9', 'L2', '2020-03-01', { currency: 'USD' }))).toEqual([]);
    expect([...customer.state.held.setAside.keys()]).toEqual([dollars.factId]);
  });
});
