import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createFactReader } from '@retention/contracts';
import { SNAPSHOT_FORM } from '@retention/customer';
import { EVENT_STORE_ENTITIES, EVENT_STORE_MIGRATIONS, openEventStore } from '@retention/event-store';
import type { EventStore } from '@retention/event-store';
import { createDataSource, createPool, runMigrations } from '@retention/platform';
import { createDatabaseForSpec, storeForSpec } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import type pg from 'pg';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { streamOf } from '../aggregates.js';
import { INGESTION_ENTITIES } from '../entities.js';
import { Ingestion1763900100000 } from '../migrations/1763900100000-ingestion.js';
import { Governing1764000000000 } from '../migrations/1764000000000-governing.js';
import { Operations1764200000000 } from '../migrations/1764200000000-operations.js';
import { ParkedRevision1764200400000 } from '../migrations/1764200400000-parked-revision.js';
import { FactWriter } from '../writer/fact-writer.js';
import type { ByteSource } from './byte-source.js';
import { ingestFile, ingestSource } from './file-door.js';
import { FileDoorError } from './file-report.js';
import type { FileProgress } from './file-report.js';

let database: SpecDatabase;
let pool: pg.Pool;
let writer: FactWriter;
let folder: string;
let store: EventStore;
const stores: EventStore[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'retention-file-door-'));
  database = await createDatabaseForSpec();
  pool = createPool(database.url, { max: 6, applicationName: 'file door' });
  const dataSource = createDataSource({
    url: database.url,
    entities: [...EVENT_STORE_ENTITIES, ...INGESTION_ENTITIES],
    migrations: [
      ...EVENT_STORE_MIGRATIONS,
      Ingestion1763900100000,
      Governing1764000000000,
      Operations1764200000000,
      ParkedRevision1764200400000,
    ],
  });
  await runMigrations(dataSource);
  await dataSource.destroy();
  store = await openStore(pool);
  writer = await newWriter(pool, store);
});
afterAll(async () => {
  await Promise.all(stores.map((opened) => opened.close()));
  await pool.end();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

async function openStore(on: pg.Pool): Promise<EventStore> {
  const opened = await openEventStore(on, storeForSpec(database.url));
  stores.push(opened);
  return opened;
}

async function newWriter(on: pg.Pool, its: EventStore | null = null): Promise<FactWriter> {
  return new FactWriter({
    store: its ?? (await openStore(on)),
    database: on,
    reader: createFactReader({ businessTimeZone: 'Asia/Shanghai' }),
    batchFacts: 2000,
    cacheCustomers: 10_000,
  });
}

/** Registrations of customers `<prefix>-1`, `<prefix>-2` …, one line each, without line breaks. */
function registrations(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      specversion: '1.0',
      id: `${prefix}-${index + 1}`,
      source: '/core',
      type: 'lending.customer.registered.v1',
      time: '2024-09-01T10:00:00+08:00',
      data: { customerId: `${prefix}-${index + 1}`, kind: 'personal', registeredOn: '2024-09-01' },
    }),
  );
}

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** The way standard input comes: of unknown size, in chunks that heed neither lines nor gzip. */
function inChunks(content: Buffer, chunkBytes: number): ByteSource {
  const chunks: Buffer[] = [];
  for (let from = 0; from < content.length; from += chunkBytes) chunks.push(content.subarray(from, from + chunkBytes));
  const stream = Readable.from(chunks);
  return { name: '-', totalBytes: null, chunks: stream, close: () => void stream.destroy() };
}

async function failureOf(promise: Promise<unknown>): Promise<FileDoorError> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof FileDoorError)) throw new Error(`expected a FileDoorError, got ${String(error)}`);
  return error;
}

const NONE = { accepted: 0, parked: 0, duplicate: 0, 'conflicting-duplicate': 0, refused: 0 };

describe('a file', () => {
  it('is taken in line by line, and known the second time', async () => {
    const path = write('twice.ndjson', `${registrations('twice', 5000).join('\n')}\n`);
    const first = await ingestFile(writer, { path });
    expect(first).toMatchObject({ file: 'twice.ndjson', lines: 5000, refusals: [], isComplete: true });
    expect(first.outcomes).toEqual({ ...NONE, accepted: 5000 });
    expect(first.seconds).toBeGreaterThan(0);

    const second = await ingestFile(writer, { path });
    expect(second.outcomes).toEqual({ ...NONE, duplicate: 5000 });
  });

  it('is unpacked when its first bytes say gzip, whatever its name', async () => {
    const path = write('packed.ndjson', gzipSync(registrations('packed', 300).join('\n')));
    expect((await ingestFile(writer, { path })).outcomes).toEqual({ ...NONE, accepted: 300 });
  });

  it('may be several gzip files put one after the other', async () => {
    const [one, two] = [registrations('member-a', 10), registrations('member-b', 20)];
    const path = write('members.gz', Buffer.concat([one, two].map((lines) => gzipSync(`${lines.join('\n')}\n`))));
    expect((await ingestFile(writer, { path })).outcomes).toEqual({ ...NONE, accepted: 30 });
  });

  it('of another system has CRLF and empty lines, and each fact keeps the line it stands in', async () => {
    const [one, two] = registrations('windows', 2);
    const path = write('windows.ndjson', `\ufeff${one}\r\n\r\n\r\nno json\r\n${two}`);
    const report = await ingestFile(writer, { path });
    expect(report).toMatchObject({ lines: 3, outcomes: { ...NONE, accepted: 2, refused: 1 } });
    expect(report.refusals).toEqual([expect.objectContaining({ line: 4, code: 'invalid-json', factId: null })]);
    const events = await store.readStream(streamOf('windows-2'), 0, 100);
    const origins = events.flatMap(({ origin }) => (origin === null ? [] : [JSON.parse(origin) as unknown]));
    expect(origins).toEqual([{ door: 'file', file: 'windows.ndjson', line: 5 }]);
  });

  it('with nothing in it gives a report of nothing', async () => {
    expect(await ingestFile(writer, { path: write('empty.ndjson', '') })).toMatchObject({ lines: 0, outcomes: NONE });
  });

  it('has a line without end refused for its size, and the next one taken', async () => {
    const [before, after] = registrations('around', 2);
    const content = Buffer.concat([
      Buffer.from(`${before}\n`),
      Buffer.alloc(40_000_000, 'x'),
      Buffer.from(`\n${after}`),
    ]);
    const report = await ingestFile(writer, { path: write('long.ndjson.gz', gzipSync(content)) });
    expect(report.outcomes).toEqual({ ...NONE, accepted: 2, refused: 1 });
    expect(report.refusals[0]).toMatchObject({ line: 2, code: 'too-large' });
    const { rows } = await pool.query(
      `SELECT octet_length(body) AS bytes FROM ingestion.dead_letter WHERE code = 'too-large'`,
    );
    expect(rows).toEqual([{ bytes: 16 * 1024 * 1024 }]);
  });

  it('tells on the way how much of it is in', async () => {
    const content = registrations('progress', 1000).join('\n');
    const seen: FileProgress[] = [];
    const path = write('progress.ndjson', content);
    await ingestFile(writer, { path, batchLines: 100, onProgress: (progress) => seen.push(progress) });
    expect(seen.map(({ facts }) => facts)).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
    expect(seen.at(-1)).toEqual({
      facts: 1000,
      bytes: content.length,
      totalBytes: content.length,
      outcomes: { ...NONE, accepted: 1000 },
    });
  });
});

describe('what comes through standard input', () => {
  it.each([1, 7, 1000])('is cut into lines however it is cut into chunks (%i bytes)', async (chunkBytes) => {
    const source = inChunks(Buffer.from(registrations(`stdin-${chunkBytes}`, 20).join('\n')), chunkBytes);
    expect(await ingestSource(writer, source, {})).toMatchObject({ file: '-', outcomes: { ...NONE, accepted: 20 } });
  });

  it.each([1, 7, 1000])('may be gzip as well (%i bytes)', async (chunkBytes) => {
    const source = inChunks(gzipSync(registrations(`packed-${chunkBytes}`, 20).join('\n')), chunkBytes);
    expect((await ingestSource(writer, source, {})).outcomes).toEqual({ ...NONE, accepted: 20 });
  });

  it('is left alone when the person stops it, and what is in flight is finished and reported', async () => {
    const stopping = new AbortController();
    const lines = registrations('stopped', 50);
    const stream = new PassThrough();
    stream.write(`${lines.join('\n')}\n`);
    const source: ByteSource = { name: '-', totalBytes: null, chunks: stream, close: () => void stream.destroy() };
    const report = await ingestSource(writer, source, {
      batchLines: 10,
      signal: stopping.signal,
      onProgress: ({ facts }) => {
        if (facts === 50) stopping.abort();
      },
    });
    expect(report).toMatchObject({ lines: 50, outcomes: { ...NONE, accepted: 50 }, isComplete: false });
  });
});

describe('a line that was cut in two', () => {
  it('is not taken for a message when the same Ctrl-C ended whoever was writing it', async () => {
    const stopping = new AbortController();
    const [whole] = registrations('halved', 1);
    const source = inChunks(Buffer.from(`${whole}\n${whole?.slice(0, 40)}`), 1000);
    const intake = ingestSource(writer, source, { batchLines: 1, signal: stopping.signal });
    setTimeout(() => stopping.abort(), 20);
    expect(await intake).toMatchObject({ lines: 1, outcomes: { ...NONE, accepted: 1 }, isComplete: false });
  });
});

describe('a file that cannot be read to its end', () => {
  it('has everything before the cut taken in, and says after which line it was cut', async () => {
    const packed = gzipSync(registrations('cut', 9000).join('\n'));
    const error = await failureOf(ingestFile(writer, { path: write('cut.gz', packed.subarray(0, -20)) }));
    const lines = error.report?.lines ?? 0;
    expect(lines).toBeGreaterThan(8500);
    expect(error.message).toBe(
      `cut.gz: the gzip data is damaged or cut off after line ${lines} (unexpected end of file). ` +
        `${lines} lines are in; feeding the whole file again is safe.`,
    );
    const again = await ingestFile(writer, { path: write('whole.gz', packed) });
    expect(again.outcomes).toEqual({ ...NONE, accepted: 9000 - lines, duplicate: lines });
  });

  it('is recognised by its checksum when a byte has changed', async () => {
    const packed = gzipSync(registrations('damaged', 20_000).join('\n'));
    packed.fill(0x55, packed.length - 3000, packed.length - 2900);
    const error = await failureOf(ingestFile(writer, { path: write('damaged.gz', packed) }));
    expect(error.message).toContain('damaged.gz: the gzip data is damaged or cut off after line ');
    expect(error.report).toMatchObject({ isComplete: false });
    expect(error.report?.outcomes.accepted).toBeGreaterThan(10_000);
  });

  it('is named when it is not there, or a folder', async () => {
    const missing = join(folder, 'missing.ndjson');
    expect((await failureOf(ingestFile(writer, { path: missing }))).message).toBe(`There is no file ${missing}.`);
    expect((await failureOf(ingestFile(writer, { path: folder }))).message).toBe(`${folder} is a folder, not a file.`);
  });
});

describe('a database that fails', () => {
  it('for a moment is asked again, and no line is lost or taken twice', async () => {
    const path = write('moment.ndjson', registrations('moment', 3000).join('\n'));
    const ofItsOwn = createPool(database.url, { max: 4, applicationName: 'interrupted' });
    const interrupted = await newWriter(ofItsOwn);
    let cuts = 0;
    const report = await ingestFile(interrupted, {
      path,
      batchLines: 200,
      onProgress: ({ facts }) => {
        if (facts % 1000 !== 0) return;
        cuts += 1;
        void pool.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'interrupted'`,
        );
      },
    });
    await ofItsOwn.end();
    expect(cuts).toBeGreaterThan(0);
    // A batch whose commit was cut off may have been written: asked again, its lines are duplicates.
    expect(report.outcomes.accepted + report.outcomes.duplicate).toBe(3000);
    const streamIds = Array.from({ length: 3000 }, (_, index) => streamOf(`moment-${index + 1}`));
    const streams = [...(await store.loadStreams(streamIds, SNAPSHOT_FORM)).values()];
    const taken = streams.flatMap(({ events }) => events.filter(({ type }) => type === 'customer-registered'));
    expect([streams.length, taken.length]).toEqual([3000, 3000]);
  });

  it('for good ends it with a line that says how much is in', async () => {
    const dropped = createPool(database.url, { max: 2, applicationName: 'dropped' });
    const failing = await newWriter(dropped);
    const path = write('for-good.ndjson', registrations('for-good', 500).join('\n'));
    // A table that is gone is nothing that waiting could mend.
    await pool.query('ALTER TABLE ingestion.fact_identity RENAME TO fact_identity_away');
    try {
      const error = await failureOf(ingestFile(failing, { path, batchLines: 100 }));
      expect(error.message).toMatch(
        /^for-good\.ndjson: the database does not take more: .+ 0 lines are in; feeding the file again is safe\.$/,
      );
      expect(error.report).toMatchObject({ lines: 0, isComplete: false });
    } finally {
      await pool.query('ALTER TABLE ingestion.fact_identity_away RENAME TO fact_identity');
      await dropped.end();
    }
    expect((await ingestFile(writer, { path })).outcomes).toEqual({ ...NONE, accepted: 500 });
  });
});
