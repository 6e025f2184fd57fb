import { describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import type { Companion, EventStore } from '../port.js';
import { expectConflict, expectNothingWritten, newName, notes, onto, versionOf } from './story.spec-support.js';

/** Rows a companion can write. `$1` of each statement is a row's key. */
export interface CompanionRows {
  readonly insert: string;
  readonly insertUnlessThere: string;
  readonly remove: string;
  isThere(key: string): Promise<boolean>;
}

export async function companionRowsOf(pool: pg.Pool): Promise<CompanionRows> {
  await pool.query('CREATE TABLE companion (key text PRIMARY KEY)');
  return {
    insert: 'INSERT INTO companion (key) VALUES ($1)',
    insertUnlessThere: 'INSERT INTO companion (key) VALUES ($1) ON CONFLICT DO NOTHING',
    remove: 'DELETE FROM companion WHERE key = $1',
    isThere: async (key) => (await pool.query('SELECT FROM companion WHERE key = $1', [key])).rowCount === 1,
  };
}

export function describeCompanions(opened: () => { readonly store: EventStore; readonly rows: CompanionRows }): void {
  const appending = (store: EventStore, streamId: string, ...companions: Companion[]): Promise<void> =>
    store.append({ streams: [onto(streamId, 0, notes(2))], advances: [], companions });

  describe('a companion', () => {
    it('becomes durable with the events', async () => {
      const { store, rows } = opened();
      const [streamId, key] = [newName('stream'), newName('row')];
      await appending(store, streamId, { text: rows.insert, values: [key], rows: 1 });
      expect([await versionOf(store, streamId), await rows.isThere(key)]).toEqual([2, true]);
    });

    it('is applied in the order given', async () => {
      const { store, rows } = opened();
      const key = newName('row');
      const insert = { text: rows.insert, values: [key], rows: 1 };
      await appending(store, newName('stream'), insert, { text: rows.remove, values: [key], rows: 1 }, insert);
      expect(await rows.isThere(key)).toBe(true);
    });

    it.each([0, 2])('that has to touch %i rows and touches one is a conflict: nothing is written', async (wanted) => {
      const { store, rows } = opened();
      const [streamId, key] = [newName('stream'), newName('row')];
      await expectNothingWritten(store, () =>
        expectConflict(appending(store, streamId, { text: rows.insert, values: [key], rows: wanted }), 'companion'),
      );
      expect([await versionOf(store, streamId), await rows.isThere(key)]).toEqual([0, false]);
    });

    it('that finds its row taken is a conflict: nothing is written', async () => {
      const { store, rows } = opened();
      const [streamId, key] = [newName('stream'), newName('row')];
      const insert = { text: rows.insert, values: [key], rows: 1 };
      await appending(store, newName('stream'), insert);
      await expectNothingWritten(store, () => expectConflict(appending(store, streamId, insert), 'companion'));
      const tolerant = { ...insert, text: rows.insertUnlessThere };
      await expectNothingWritten(store, () => expectConflict(appending(store, streamId, tolerant), 'companion'));
    });

    it('may leave open how many rows it touches', async () => {
      const { store, rows } = opened();
      const [streamId, key] = [newName('stream'), newName('row')];
      await appending(store, streamId, { text: rows.remove, values: [key], rows: null });
      expect(await versionOf(store, streamId)).toBe(2);
    });

    it('goes back with a stream that has moved', async () => {
      const { store, rows } = opened();
      const [streamId, key] = [newName('stream'), newName('row')];
      await appending(store, streamId);
      await expectConflict(appending(store, streamId, { text: rows.insert, values: [key], rows: 1 }), 'stream');
      expect(await rows.isThere(key)).toBe(false);
    });

    it('that fails for another reason is no conflict, and nothing is written either', async () => {
      const { store, rows } = opened();
      const streamId = newName('stream');
      const broken = { text: `${rows.insert} broken`, values: [newName('row')], rows: 1 };
      await expectNothingWritten(store, () =>
        expect(appending(store, streamId, broken)).rejects.not.toMatchObject({ name: 'AppendConflict' }),
      );
      await appending(store, streamId);
      expect(await versionOf(store, streamId)).toBe(2);
    });
  });
}
