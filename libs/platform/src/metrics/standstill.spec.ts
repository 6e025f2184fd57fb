import { describe, expect, it } from '@jest/globals';
import { Standstill } from './standstill.js';

describe('a standstill', () => {
  it('lasts from when something was first seen at its position with something left to do', () => {
    let now = 5_000;
    const standstill = new Standstill(() => now);
    const look = (position: number) => standstill.look([{ key: 'shard 3', position }]).get('shard 3');
    expect(look(7)).toBe(0);
    now += 20_000;
    expect(look(7)).toBe(20);
    now += 45_000;
    expect(look(7)).toBe(65);
  });

  it('is over with any progress, also where far more is left than before', () => {
    let now = 0;
    const standstill = new Standstill(() => now);
    standstill.look([{ key: 'a', position: 1n }]);
    now += 60_000;
    expect(standstill.look([{ key: 'a', position: 2n }])).toEqual(new Map([['a', 0]]));
  });

  it('is not counted while nothing was left to do', () => {
    let now = 0;
    const standstill = new Standstill(() => now);
    standstill.look([{ key: 'a', position: 'x' }]);
    now += 60_000;
    expect(standstill.look([])).toEqual(new Map());
    now += 60_000;
    expect(standstill.look([{ key: 'a', position: 'x' }])).toEqual(new Map([['a', 0]]));
  });

  it('of one does not end with the progress of another', () => {
    let now = 0;
    const standstill = new Standstill(() => now);
    const look = (b: number) =>
      standstill.look([
        { key: 'a', position: 1 },
        { key: 'b', position: b },
      ]);
    look(1);
    now += 30_000;
    expect(look(2)).toEqual(
      new Map([
        ['a', 30],
        ['b', 0],
      ]),
    );
  });
});
