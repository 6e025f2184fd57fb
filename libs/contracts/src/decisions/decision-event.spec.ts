import { describe, expect, it } from '@jest/globals';
import type { Decision, LoanStatusChanged, PointsTakenBack } from '@retention/customer';
import { decisionEvent } from './decision-event.js';

const RECORDED_AT = Date.UTC(2026, 0, 6, 2, 0, 0, 41);

const takenBack: PointsTakenBack = {
  type: 'points-taken-back',
  entry: 'no-overdue:L1',
  rule: 'no-overdue',
  about: 'L1',
  points: -2,
  on: '2026-07-06',
  reason: 'instalment-overdue',
  balance: 10,
  policyVersion: 'credit-points-1',
  causes: ['/my-bank/loans#ovd-1'],
};

const disbursed: LoanStatusChanged = {
  type: 'loan-status-changed',
  loanId: 'L1',
  from: null,
  status: 'active',
  on: '2026-01-06',
  product: 'micro',
  currency: 'CNY',
  principalMinor: 7_000_050,
  policyVersion: 'credit-points-1',
  causes: ['/my-bank/loans#dis-1'],
};

function eventOf(decision: Decision, version = 10): string {
  return decisionEvent({ customerId: 'K1', version, recordedAt: RECORDED_AT, payload: JSON.stringify(decision) });
}

function dataOf(decision: Decision): unknown {
  return (JSON.parse(eventOf(decision)) as { data: unknown }).data;
}

describe('a published decision', () => {
  it('is a CloudEvent that says what was decided, about whom, when, and what it rests on', () => {
    expect(JSON.parse(eventOf(takenBack))).toEqual({
      specversion: '1.0',
      id: 'K1@10',
      source: '/retention',
      type: 'retention.points-taken-back.v1',
      subject: 'K1',
      time: '2026-01-06T02:00:00.041Z',
      datacontenttype: 'application/json',
      dataschema: 'urn:retention:schema:retention.points-taken-back.v1',
      data: {
        entry: 'no-overdue:L1',
        rule: 'no-overdue',
        about: 'L1',
        points: -2,
        on: '2026-07-06',
        reason: 'instalment-overdue',
        balance: 10,
        policyVersion: 'credit-points-1',
        causes: ['/my-bank/loans#ovd-1'],
        streamVersion: 10,
      },
    });
  });

  it('has an id for each version of its customer, and the same bytes each time it is published', () => {
    const versions = [1, 2, 10, 11];
    const ids = versions.map((version) => (JSON.parse(eventOf(takenBack, version)) as { id: string }).id);
    expect(ids).toEqual(['K1@1', 'K1@2', 'K1@10', 'K1@11']);
    expect(eventOf(takenBack)).toBe(eventOf(takenBack));
  });

  it('has its amounts as decimal strings in the currency beside them', () => {
    const terms = (currency: string, principalMinor: number) => dataOf({ ...disbursed, currency, principalMinor });
    expect(terms('CNY', 7_000_050)).toMatchObject({ principal: '70000.50', currency: 'CNY' });
    expect(terms('JPY', 70_000)).toMatchObject({ principal: '70000', currency: 'JPY' });
    expect(terms('KWD', 1_005)).toMatchObject({ principal: '1.005', currency: 'KWD' });
    expect(dataOf(disbursed)).not.toHaveProperty('principalMinor');
  });

  it('keeps unknown what is not known', () => {
    const unknown = { ...disbursed, product: null, currency: null, principalMinor: null };
    expect(dataOf(unknown)).toMatchObject({ product: null, currency: null, principal: null, from: null });
  });
});
