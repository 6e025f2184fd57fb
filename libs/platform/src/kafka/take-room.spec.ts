import { describe, expect, it } from '@jest/globals';
import { TakeRoom } from './take-room.js';
import type { Load } from './take-room.js';

/** Enters in order and tells who is in. */
function entering(room: TakeRoom, loads: readonly Load[]): { readonly inside: () => Promise<number[]> } {
  const entered: number[] = [];
  loads.forEach((load, no) => void room.enter(load).then(() => entered.push(no)));
  return {
    inside: async () => {
      await Promise.resolve();
      return entered;
    },
  };
}

const load = (records: number, bytes = records): Load => ({ records, bytes });

describe('the room for what is being stored', () => {
  it('takes in as many records as it holds, and the next in their order when some leave', async () => {
    const room = new TakeRoom(load(10, 1000));
    const { inside } = entering(room, [load(6), load(4), load(5), load(1)]);
    expect(await inside()).toEqual([0, 1]);
    room.leave(load(4));
    // The last would fit, but has waited less long than the one before it.
    expect(await inside()).toEqual([0, 1]);
    room.leave(load(6));
    expect(await inside()).toEqual([0, 1, 2, 3]);
  });

  it('counts bytes as well', async () => {
    const room = new TakeRoom(load(10, 100));
    const { inside } = entering(room, [load(1, 60), load(1, 60)]);
    expect(await inside()).toEqual([0]);
    room.leave(load(1, 60));
    expect(await inside()).toEqual([0, 1]);
  });

  it('takes in what is larger than all of it alone', async () => {
    const room = new TakeRoom(load(10, 100));
    const { inside } = entering(room, [load(1, 5), load(1, 5000), load(1, 1)]);
    expect(await inside()).toEqual([0]);
    room.leave(load(1, 5));
    expect(await inside()).toEqual([0, 1]);
    room.leave(load(1, 5000));
    expect(await inside()).toEqual([0, 1, 2]);
  });
});
