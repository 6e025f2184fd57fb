import { describe, expect, it } from '@jest/globals';
import type { StoredEvent } from '@retention/event-store';
import { fold } from './aggregates.js';

const REGISTERED = {
  ...{ type: 'customer-registered', factId: '/lender#1', occurredAt: 0, kind: 'personal', registeredOn: '2021-01-04' },
};

function event(version: number, payload: unknown): StoredEvent {
  const told = { streamId: 'customer-C', version, type: 'customer-registered', shard: 0, position: version };
  return { ...told, payload: JSON.stringify(payload) };
}

const folded = (events: readonly StoredEvent[]) => fold('C', { snapshot: null, events }).state;

describe('folding a stream', () => {
  it('comes to the version of its last event', () => {
    expect(folded([event(1, REGISTERED), event(2, { ...REGISTERED, factId: '/lender#2' })]).version).toBe(2);
  });

  it('is refused where an event is missing', () => {
    expect(() => folded([event(2, REGISTERED)])).toThrow(/version 2 follows 0, events are missing/);
  });

  it.each(['damaged', null, 7, {}, { ...REGISTERED, type: 'loan-settled' }])(
    'is refused where a payload is not of its event’s type: %j',
    (payload) => {
      expect(() => folded([event(1, payload)])).toThrow(/the payload of customer-registered is damaged/);
    },
  );
});
