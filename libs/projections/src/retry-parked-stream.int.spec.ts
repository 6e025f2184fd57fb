import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ALL_SHARDS, catchUp, lineRows, lines, openNotesForSpec, runnerOf, streamIn } from './notes.spec-support.js';
import { sumRows, sums } from './notes.spec-support.js';
import type { NotesForSpec } from './notes.spec-support.js';
import type { Projection } from './projection.js';
import { retryParkedStream } from './retry-parked-stream.js';
import type { StreamRetry } from './retry-parked-stream.js';

const NOTE = { by: 'O-17', because: 'release 1.2 can read it' };

let notes: NotesForSpec;
beforeAll(async () => {
  notes = await openNotesForSpec();
});
afterAll(() => notes.close());
beforeEach(() => notes.reset());

/** The release that can: a note without a number counts as 50. `but` says which notes it cannot read either. */
function mended(base: () => Projection, but: (version: number) => boolean = () => false): Projection {
  const projection = base();
  return {
    ...projection,
    apply: (events, transaction) =>
      projection.apply(
        events.map((event) => {
          const { number } = event.data as { number: number | null };
          return { ...event, data: { number: but(event.version) ? null : (number ?? 50) } };
        }),
        transaction,
      ),
  };
}

const retry = (projection: Projection, streamId: string, dryRun = false): Promise<StreamRetry> =>
  retryParkedStream(notes, projection, streamId, NOTE, { dryRun });

async function parked(): Promise<unknown[]> {
  const { rows } = await notes.database.query(
    'SELECT projection, stream_id, position, error FROM projection.parked_stream ORDER BY projection, stream_id',
  );
  return rows as unknown[];
}

async function records(): Promise<unknown[]> {
  const { rows } = await notes.database.query(
    `SELECT projection, stream_id, retried_by, because, parked_error, events, error FROM projection.stream_retry
     ORDER BY id DESC LIMIT 1`,
  );
  return rows as unknown[];
}

describe('a stream that is tried again', () => {
  it('is applied from the event that failed up to where its shard is, once, and goes on with the feed', async () => {
    const [streamId, neighbour] = [streamIn(10), streamIn(10)];
    await notes.note(streamId, 1, 2, Number.NaN, 4);
    await notes.note(neighbour, 5);
    await catchUp(runnerOf(notes, [sums(), lines()]));
    await notes.note(streamId, 8);
    expect(await retry(mended(sums), streamId)).toMatchObject({
      ...{ projection: 'sums', version: 1, streamId, events: 2, failure: null },
      error: 'TypeError: the note holds no number',
    });
    expect(await sumRows(notes)).toEqual({ [streamId]: '4 notes, 57', [neighbour]: '1 notes, 5' });
    await catchUp(runnerOf(notes, [sums(), lines()]));
    expect(await sumRows(notes)).toEqual({ [streamId]: '5 notes, 65', [neighbour]: '1 notes, 5' });
    expect(await parked()).toMatchObject([{ projection: 'lines', stream_id: streamId }]);
  });

  it('leaves on the record who had it tried, why, and what came of it, which nobody can change', async () => {
    const streamId = streamIn(10);
    await notes.note(streamId, Number.NaN);
    await catchUp(runnerOf(notes, [lines()]));
    await retry(mended(lines), streamId);
    const record = { projection: 'lines', stream_id: streamId, retried_by: 'O-17', because: NOTE.because };
    expect(await records()).toEqual([
      { ...record, parked_error: 'TypeError: the note holds no number', events: 1, error: null },
    ]);
    for (const change of ['DELETE FROM', 'TRUNCATE']) {
      await expect(notes.database.query(`${change} projection.stream_retry`)).rejects.toThrow('stays on the record');
    }
  });

  it('that fails again on the same event stands still as before, and that is on the record too', async () => {
    const streamId = streamIn(10);
    await notes.note(streamId, 1, Number.NaN, 4);
    await catchUp(runnerOf(notes, [sums()]));
    const before = await parked();
    const error = 'TypeError: the note holds no number';
    expect(await retry(sums(), streamId)).toMatchObject({ events: 0, failure: error });
    expect([await parked(), await sumRows(notes)]).toEqual([before, { [streamId]: '1 notes, 1' }]);
    expect(await records()).toMatchObject([{ events: 0, error }]);
  });

  it('that fails on a later event keeps what came before, and goes on from there the next time', async () => {
    const streamId = streamIn(10);
    await notes.note(streamId, 1, Number.NaN, 3, Number.NaN, 5);
    await catchUp(runnerOf(notes, [sums()]));
    const better = mended(sums, (version) => version === 4);
    expect(await retry(better, streamId)).toMatchObject({ events: 2, failure: 'TypeError: the note holds no number' });
    expect(await parked()).toMatchObject([{ stream_id: streamId, position: '4' }]);
    expect(await sumRows(notes)).toEqual({ [streamId]: '3 notes, 54' });
    expect(await retry(mended(sums), streamId)).toMatchObject({ events: 2, failure: null });
    expect(await sumRows(notes)).toEqual({ [streamId]: '5 notes, 109' });
  });

  it('with a dry run says what would come of it, and changes nothing', async () => {
    const streamId = streamIn(10);
    await notes.note(streamId, 1, Number.NaN, 4);
    await catchUp(runnerOf(notes, [sums()]));
    const before = [await parked(), await sumRows(notes), await records()];
    expect(await retry(mended(sums), streamId, true)).toMatchObject({ events: 2, failure: null });
    expect([await parked(), await sumRows(notes), await records()]).toEqual(before);
  });

  it('is refused where the read model does not stand still on it', async () => {
    const streamId = streamIn(10);
    await notes.note(streamId, 1, Number.NaN);
    await catchUp(runnerOf(notes, [sums()]));
    for (const [projection, id] of [
      [lines(), streamId],
      [sums(undefined, 2), streamId],
      [sums(), streamIn(10)],
    ] as const) {
      await expect(retry(projection, id)).rejects.toMatchObject({ name: 'StreamNotParked' });
    }
  });

  it('leaves everything as it was when the database fails in the middle', async () => {
    const streamId = streamIn(10);
    await notes.note(streamId, 1, Number.NaN);
    await catchUp(runnerOf(notes, [sums()]));
    const failing = sums(() => {
      throw new Error('the disk is full');
    });
    await expect(
      retry(
        mended(() => failing),
        streamId,
      ),
    ).rejects.toThrow('the disk is full');
    expect(await parked()).toHaveLength(1);
    expect(await sumRows(notes)).toEqual({ [streamId]: '1 notes, 1' });
  });
});

describe('a worker that runs meanwhile', () => {
  it('takes up the stream with its next event, from the rows that were written', async () => {
    const [streamId, neighbour] = [streamIn(10), streamIn(10)];
    await notes.note(streamId, 1, Number.NaN);
    await notes.note(neighbour, 7);
    const worker = runnerOf(notes, [sums()]);
    await catchUp(worker);
    await retry(mended(sums), streamId);
    await notes.note(streamId, 4);
    await notes.note(neighbour, 8);
    // The first step finds that the shard was changed beside the feed.
    expect(await worker.applyNext(ALL_SHARDS)).toBe(0);
    expect(await catchUp(worker)).toBe(2);
    expect(await sumRows(notes)).toEqual({ [streamId]: '3 notes, 55', [neighbour]: '2 notes, 15' });
  });

  it('loses and doubles nothing while events of the stream go on coming, however often it is tried', async () => {
    const streamIds = Array.from({ length: 6 }, () => streamIn(10));
    let isMended = false;
    // Both workers and whoever tries run the release that can, from some moment on.
    const release = (base: () => Projection): Projection => mended(base, (version) => !isMended && version === 5);
    const workers = [1, 2].map(() => runnerOf(notes, [release(sums), release(lines)], 20));
    let isOver = false;
    const follow = async (worker: (typeof workers)[number]): Promise<void> => {
      while (!isOver) await worker.applyNext(ALL_SHARDS);
    };
    const write = async (streamId: string): Promise<void> => {
      for (let turn = 1; turn <= 40; turn += 1) await notes.note(streamId, turn);
    };
    const tryAgain = async (): Promise<number> => {
      let tries = 0;
      for (;;) {
        const { rows } = await notes.database.query<{ projection: string; stream_id: string }>(
          'SELECT projection, stream_id FROM projection.parked_stream',
        );
        for (const { projection, stream_id } of rows) {
          await retry(release(projection === 'sums' ? sums : lines), stream_id);
          tries += 1;
        }
        if (tries >= 12) isMended = true;
        if (isMended && rows.length === 0) return tries;
      }
    };
    const following = workers.map(follow);
    const writing = Promise.all(streamIds.map(write));
    const tries = await tryAgain();
    await writing;
    isOver = true;
    await Promise.all(following);
    await catchUp(runnerOf(notes, [release(sums), release(lines)]));
    expect(tries).toBeGreaterThanOrEqual(12);
    expect(await sumRows(notes)).toEqual(Object.fromEntries(streamIds.map((streamId) => [streamId, '40 notes, 820'])));
    expect(await lineRows(notes)).toHaveLength(240);
    expect(await parked()).toEqual([]);
  });

  it('and has nothing to apply notices a rebuild all the same, and that a stream was tried again', async () => {
    const [streamId, neighbour] = [streamIn(10), streamIn(3)];
    await notes.note(streamId, 1, Number.NaN);
    await notes.note(neighbour, 7);
    const worker = runnerOf(notes, [mended(sums)]);
    await catchUp(runnerOf(notes, [sums()]));
    await worker.applyNext(ALL_SHARDS);
    await notes.database.query(`
      BEGIN;
      UPDATE projection.checkpoint SET position = 0, revision = revision + 1;
      TRUNCATE sum;
      DELETE FROM projection.parked_stream;
      COMMIT`);
    for (let steps = 0; steps < 100 && (await worker.applyNext(ALL_SHARDS)) === 0; steps += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(await sumRows(notes)).toEqual({ [streamId]: '2 notes, 51', [neighbour]: '1 notes, 7' });
  });
});
