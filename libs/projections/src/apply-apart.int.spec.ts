import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ALL_SHARDS, catchUp, checkpointsOf, headOf, lineRows, lines } from './notes.spec-support.js';
import { openNotesForSpec, runnerOf, streamIn, sumRows, sums } from './notes.spec-support.js';
import type { NotesForSpec } from './notes.spec-support.js';
import { retryParkedStream } from './retry-parked-stream.js';

/** The columns are of type integer: it can be folded, and not be written. */
const TOO_LARGE = 3_000_000_000;
const NOTE = { by: 'O-17', because: 'the column is wider' };

let notes: NotesForSpec;
beforeAll(async () => {
  notes = await openNotesForSpec();
});
afterAll(() => notes.close());
beforeEach(() => notes.reset());

async function parked(): Promise<unknown[]> {
  const { rows } = await notes.database.query(
    'SELECT projection, stream_id, position::int, error FROM projection.parked_stream ORDER BY projection, position',
  );
  return rows as unknown[];
}

describe('an event whose row cannot be written', () => {
  it('parks its stream from there on, and all others go on', async () => {
    const [poisoned, neighbour, distant] = [streamIn(10), streamIn(10), streamIn(11)];
    await notes.note(poisoned, 1, TOO_LARGE, 4);
    await notes.note(neighbour, 5);
    await notes.note(distant, 6, Number.NaN);
    const runner = runnerOf(notes, [sums(), lines()]);
    await expect(runner.applyNext(ALL_SHARDS)).rejects.toMatchObject({ code: '22003' });
    expect(await sumRows(notes)).toEqual({});
    expect(await catchUp(runner)).toBe(6);
    await notes.note(poisoned, 8);
    await notes.note(neighbour, 7);
    await catchUp(runner);
    expect(await sumRows(notes)).toEqual({
      ...{ [poisoned]: '1 notes, 1', [neighbour]: '2 notes, 12', [distant]: '1 notes, 6' },
    });
    expect(await lineRows(notes)).toHaveLength(4);
    const tooLarge = { stream_id: poisoned, position: 2, error: expect.stringContaining('out of range') };
    const noNumber = { stream_id: distant, position: 2, error: 'TypeError: the note holds no number' };
    expect(await parked()).toEqual(
      ['lines', 'sums'].flatMap((projection) => [
        expect.objectContaining({ projection }),
        expect.objectContaining({ projection }),
      ]),
    );
    expect(await parked()).toEqual(
      expect.arrayContaining([tooLarge, noNumber].map((one) => expect.objectContaining(one))),
    );
    expect(await checkpointsOf(notes, 'sums')).toEqual(await headOf(notes));
  });

  it('is tried again like any other: it fails with a name, and goes on when it can', async () => {
    const poisoned = streamIn(10);
    await notes.note(poisoned, 1, TOO_LARGE, 4);
    const runner = runnerOf(notes, [sums()]);
    await expect(runner.applyNext(ALL_SHARDS)).rejects.toThrow();
    await catchUp(runner);
    const retry = () => retryParkedStream(notes, sums(), poisoned, NOTE, { dryRun: false });
    expect(await retry()).toMatchObject({ events: 0, failure: expect.stringContaining('out of range') });
    await notes.database.query('ALTER TABLE sum ALTER sum TYPE double precision');
    expect(await retry()).toMatchObject({ events: 2, failure: null });
    expect(await sumRows(notes)).toEqual({ [poisoned]: `3 notes, ${TOO_LARGE + 5}` });
    await notes.database.query('TRUNCATE sum; ALTER TABLE sum ALTER sum TYPE int');
  });

  it('of more than ten streams at once is no fault of theirs: nothing is applied, and nobody parked', async () => {
    for (let no = 0; no < 11; no += 1) await notes.note(streamIn(no), TOO_LARGE);
    await notes.note(streamIn(12), 1);
    const runner = runnerOf(notes, [sums()]);
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await expect(runner.applyNext(ALL_SHARDS)).rejects.toMatchObject({ code: '22003' });
    }
    expect([await sumRows(notes), await parked(), await checkpointsOf(notes, 'sums')]).toEqual([{}, [], new Map()]);
  });

  it('is not taken for one that a database out of order refuses', async () => {
    await notes.note(streamIn(1), 1);
    const full = Object.assign(new Error('could not extend file: No space left on device'), { code: '53100' });
    let isFull = true;
    const runner = runnerOf(notes, [
      sums(() => {
        if (isFull) throw full;
      }),
    ]);
    for (let attempt = 1; attempt <= 3; attempt += 1) await expect(runner.applyNext(ALL_SHARDS)).rejects.toBe(full);
    expect(await parked()).toEqual([]);
    isFull = false;
    expect(await catchUp(runner)).toBe(1);
  });

  it('is not looked for any further while the database is out of order', async () => {
    const [poisoned, neighbour] = [streamIn(10), streamIn(11)];
    await notes.note(poisoned, TOO_LARGE);
    await notes.note(neighbour, 1);
    const full = Object.assign(new Error('could not extend file: No space left on device'), { code: '53100' });
    let isFull = false;
    const runner = runnerOf(notes, [
      sums(() => {
        if (isFull) throw full;
      }),
    ]);
    await expect(runner.applyNext(ALL_SHARDS)).rejects.toMatchObject({ code: '22003' });
    isFull = true;
    await expect(runner.applyNext(ALL_SHARDS)).rejects.toBe(full);
    expect(await parked()).toEqual([]);
    isFull = false;
    await expect(runner.applyNext(ALL_SHARDS)).rejects.toMatchObject({ code: '22003' });
    expect(await catchUp(runner)).toBe(2);
    expect(await parked()).toMatchObject([{ stream_id: poisoned }]);
  });

  it('leaves nothing in memory of what was undone', async () => {
    const streamId = streamIn(10);
    await notes.note(streamId, 1, 2);
    const base = sums();
    const runner = runnerOf(notes, [
      {
        ...base,
        apply: async (events, transaction) => {
          const poison = await base.apply(events, transaction);
          if (events.length > 1) throw new TypeError('two at once');
          return poison;
        },
      },
    ]);
    await expect(runner.applyNext(ALL_SHARDS)).rejects.toThrow('two at once');
    expect(await catchUp(runner)).toBe(2);
    expect(await sumRows(notes)).toEqual({ [streamId]: '2 notes, 3' });
  });
});
