import { describe, expect, it } from '@jest/globals';
import { isBrokerStarting, kindOfEnd } from './broker-starts.js';

const LOADING = "The coordinator is loading and hence can't process requests for this group";

describe('the end of a consumer', () => {
  it.each([LOADING, 'The group coordinator is not available', 'The group is rebalancing, so a rejoin is needed'])(
    'is a broker that is not ready yet: %s',
    (reason) => {
      expect([isBrokerStarting(reason), kindOfEnd(reason, 1), kindOfEnd(reason, 5)]).toEqual([
        true,
        'broker-not-ready',
        'broker-not-ready',
      ]);
    },
  );

  it('is a crash when the broker is not ready the sixth time in a row', () => {
    expect(kindOfEnd(LOADING, 6)).toBe('crash');
  });

  it.each(['connect ECONNREFUSED 127.0.0.1:9092', 'The group protocols are incompatible', ''])(
    'is a crash for every other reason: %j',
    (reason) => {
      expect([isBrokerStarting(reason), kindOfEnd(reason, 1)]).toEqual([false, 'crash']);
    },
  );
});
