import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventStoreDouble } from '@retention/testing';
import { setTimeout as delay } from 'node:timers/promises';
import {
  batchOf,
  expectNothingWritten,
  newName,
  newStreamIn,
  notes,
  onto,
  said,
} from '../contract/story.spec-support.js';
import type { EventStoreDbEventStore } from './eventstoredb-event-store.js';
import { openEventStoreDbForSpec } from './eventstoredb-store.spec-support.js';
import type { EventStoreDbForSpec } from './eventstoredb-store.spec-support.js';
import { commitOnly, failureOf, QUICK, until } from './faults.spec-support.js';

let opened: EventStoreDbForSpec;
let store: EventStoreDbEventStore;
let double: EventStoreDouble;

beforeEach(async () => {
  opened = await openEventStoreDbForSpec({ withDouble: true, timing: QUICK });
  ({ store } = opened);
  double = opened.double!;
});
afterEach(() => opened.close());

const REQUEST = { after: new Map([[3, 0]]), limitPerShard: 1000, types: null };
const ENDLESS = { patienceMs: 60_000, readPatienceMs: 60_000, giveUpAfterMs: 60_000 };

function inShard(shard: number, count: number): ReturnType<typeof batchOf> {
  return batchOf(onto(newStreamIn(shard, 16), 0, notes(count)));
}

describe('closing a store', () => {
  it.each([
    [
      'waits for an event that does not come',
      async () => {
        await commitOnly(opened, inShard(3, 1));
        await opened.pool.query('DELETE FROM store.unfinished_append');
      },
    ],
    [
      'waits for a server that is away',
      async () => {
        await store.append(inShard(3, 1));
        await double.stop();
      },
    ],
    [
      'waits for a server that says nothing',
      async () => {
        await store.append(inShard(3, 1));
        double.freezeAll(60_000);
      },
    ],
  ])('ends a reading of the feed that %s, at once', async (_, prepare) => {
    const reader = await opened.openAnother(ENDLESS);
    await prepare();
    const reading = failureOf(reader.readFeed(REQUEST));
    await delay(400);
    const startedAt = Date.now();
    await reader.close();
    expect((await reading).error).toMatchObject({ name: 'StoreClosed' });
    expect(Date.now() - startedAt).toBeLessThan(300);
    await expect(reader.readFeed(REQUEST)).rejects.toMatchObject({ name: 'StoreClosed' });
  });

  it('ends a reading of streams and an append that wait for the server, at once', async () => {
    const user = await opened.openAnother(ENDLESS);
    const [one, other] = [newName('stream'), newName('stream')];
    await store.append(batchOf(onto(one, 0, notes(2))));
    await double.stop();
    const reading = failureOf(user.loadStreams([one], 1));
    const appending = failureOf(user.append(batchOf(onto(other, 0, notes(2)))));
    await until(async () => (await opened.pool.query('SELECT FROM store.unfinished_append')).rows.length > 0);
    const startedAt = Date.now();
    await user.close();
    expect([(await reading).error, (await appending).error].map(({ name }) => name)).toEqual([
      'StoreClosed',
      'StoreClosed',
    ]);
    expect(Date.now() - startedAt).toBeLessThan(300);
    await double.start();
    // What it had promised is kept by others.
    expect(said(await store.readStream(other, 0, 9))).toEqual([1, 2]);
  });

  it('does not wait for a call that is never answered', async () => {
    const user = await opened.openAnother({ ...ENDLESS, callMs: 60_000 });
    const streamId = newName('stream');
    double.faults.next('append', { kind: 'never', written: true }, opened.prefix + streamId);
    const appending = failureOf(user.append(batchOf(onto(streamId, 0, notes(2)))));
    await until(() => double.stream(opened.prefix + streamId).length > 0);
    double.faults.next('read', { kind: 'never' });
    const reading = failureOf(user.readStream(streamId, 0, 9));
    await until(() => double.faults.counts()['read:never'] === 1);
    const startedAt = Date.now();
    await user.close();
    expect([(await reading).error, (await appending).error].map(({ name }) => name)).toEqual([
      'StoreClosed',
      'StoreClosed',
    ]);
    expect(Date.now() - startedAt).toBeLessThan(300);
  });

  it('does not wait for what the server has sent and ended, and nobody has taken', async () => {
    await store.append(inShard(3, 400));
    for (const afterEvents of [20, 30, 40, 50, 60]) {
      const reader = await opened.openAnother();
      double.faults.next('subscription', { kind: 'end', afterEvents });
      await reader.readFeed({ after: new Map([[3, 0]]), limitPerShard: 1, types: null });
      await until(() => double.openSubscriptions() === 0);
      await delay(50);
      const startedAt = Date.now();
      await reader.close();
      expect(Date.now() - startedAt).toBeLessThan(300);
    }
  });

  it('leaves no subscription behind, of however many readers', async () => {
    await store.append(inShard(3, 400));
    const reader = await opened.openAnother();
    for (let from = 0; from < 10; from += 1) {
      await reader.readFeed({ after: new Map([[3, from]]), limitPerShard: 5, types: null });
    }
    await until(() => double.openSubscriptions() <= 6);
    await reader.close();
    await until(() => double.openSubscriptions() === 0);
  });

  it('may be done twice', async () => {
    const reader = await opened.openAnother();
    await reader.close();
    await reader.close();
    await expectNothingWritten(store, async () => {
      await expect(reader.append(inShard(3, 1))).rejects.toMatchObject({ name: 'StoreClosed' });
    });
  });
});
