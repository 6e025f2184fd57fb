import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { simulateLines } from '@retention/simulation';
import { createDatabaseForSpec, startEventStoreDouble } from '@retention/testing';
import type { EventStoreDouble, SpecDatabase } from '@retention/testing';
import { objectOf, run } from '../command-line.spec-support.js';

const lines = [...simulateLines({ customers: 60, years: 1, seed: 5 })];
const [POSTGRES, EVENTSTOREDB] = [
  ['--from', 'eventstoredb', '--to', 'postgres'],
  ['--from', 'postgres', '--to', 'eventstoredb'],
];

let database: SpecDatabase;
let double: EventStoreDouble | null = null;
/** By where the events are kept; EventStoreDB is named either way. */
let kept: Record<'postgres' | 'eventstoredb', Record<string, string>>;

beforeAll(async () => {
  database = await createDatabaseForSpec();
  const named = process.env['EVENTSTORE_URL'];
  if (named === undefined) double = await startEventStoreDouble();
  const prefix = `copied-${new URL(database.url).pathname.slice(1)}.`;
  const both = { DATABASE_URL: database.url, EVENTSTORE_URL: named ?? double!.url, EVENTSTORE_PREFIX: prefix };
  kept = { postgres: { ...both, EVENT_STORE: 'postgres' }, eventstoredb: { ...both, EVENT_STORE: 'eventstoredb' } };
  objectOf(await run(kept.postgres, ['ingest', '--file', '-', '--json'], lines.join('\n')));
});
afterAll(async () => {
  await double?.stop();
  await database.drop();
});

const figures = async (environment: Record<string, string>): Promise<unknown> => {
  const { projections: _, ...rest } = objectOf(await run(environment, ['status', '--json']));
  return rest;
};

describe('retention copy-store', () => {
  it.each([
    ['the same store twice', ['--from', 'postgres', '--to', 'postgres'], /both postgres/],
    ['a store there is not', ['--from', 'postgres', '--to', 'kurrent'], /--to "kurrent" is not valid/],
    ['one store only', ['--from', 'postgres'], /--to/],
  ])('asks for two different stores: %s', async (_, parameters, message) => {
    const { code, stdout, stderr } = await run(kept.postgres, ['copy-store', ...parameters]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  it('asks which EventStoreDB, and says where the events are kept when they are not where they are looked for', async () => {
    const unnamed = { ...kept.postgres, EVENTSTORE_URL: '' };
    const failing = async (environment: Record<string, string>, ...parameters: string[]): Promise<string> => {
      const { code, stderr } = await run(environment, parameters);
      expect(code).toBe(1);
      return stderr;
    };
    expect(await failing(unnamed, 'copy-store', ...EVENTSTOREDB)).toBe(
      'EVENTSTORE_URL is not set: it names the EventStoreDB of the copy.\n',
    );
    const moved = 'the events of this database are kept in postgres: start with EVENT_STORE=postgres\n';
    expect(await failing(kept.postgres, 'copy-store', ...POSTGRES)).toBe(moved);
    expect(await failing(kept.eventstoredb, 'status')).toBe(moved);
  });

  it('moves everything there and back, and the product is the same on either store', async () => {
    const before = await figures(kept.postgres);
    const rehearsal = objectOf(await run(kept.postgres, ['copy-store', ...EVENTSTOREDB, '--only-copy', '--json']));
    expect(rehearsal).toMatchObject({ from: 'postgres', to: 'eventstoredb', isSwitched: false });
    expect(await figures(kept.postgres)).toEqual(before);

    const { root, events } = objectOf(await run(kept.postgres, ['copy-store', ...EVENTSTOREDB, '--json']));
    expect([root, events]).toEqual([rehearsal['root'], rehearsal['events']]);
    expect(await figures(kept.eventstoredb)).toEqual(before);
    const again = objectOf(await run(kept.eventstoredb, ['ingest', '--file', '-', '--json'], lines.join('\n')));
    expect(again).toMatchObject({ outcomes: { accepted: 0, refused: 0 } });

    const { code, stdout } = await run(kept.eventstoredb, ['copy-store', ...POSTGRES]);
    expect([code, stdout.split('\n').slice(1)]).toEqual([
      0,
      [
        `Root hash of both: ${String(root)}`,
        'Events are kept in postgres from now on: start every process with EVENT_STORE=postgres.',
        '',
      ],
    ]);
    expect(await figures(kept.postgres)).toEqual(before);
  });

  it('says within seconds that EventStoreDB is away', async () => {
    const away = { ...kept.postgres, EVENTSTORE_URL: 'esdb://127.0.0.1:9?tls=false' };
    const { code, stderr } = await run(away, ['copy-store', ...EVENTSTOREDB]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^EventStoreDB does not say whose streams it holds: .*ECONNREFUSED/);
  });
});
