import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { simulateLines } from '@retention/simulation';
import { createDatabaseForSpec } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import pg from 'pg';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { objectOf, run } from '../command-line.spec-support.js';
import type { Ended } from '../command-line.spec-support.js';

const SECOND = 'version: lender-2\neffectiveFrom: 2023-01-01\npoints: { loanUse: 8 }\n';
const WHO = ['--author', 'Li Na', '--reason', 'board, 3 May'];

let folder: string;
let database: SpecDatabase;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'retention-policy-'));
  database = await createDatabaseForSpec();
  const lines = [...simulateLines({ customers: 60, years: 2, seed: 11, startsOn: '2022-01-01' })];
  const feed = file('feed.ndjson', lines.join('\n'));
  objectOf(await run({ DATABASE_URL: database.url }, ['ingest', '--file', feed, '--json']));
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const policy = (...parameters: string[]): Promise<Ended> =>
  run({ DATABASE_URL: database.url }, ['policy', ...parameters]);

async function points(): Promise<number> {
  const status = objectOf(await run({ DATABASE_URL: database.url }, ['status', '--json']));
  return status['points'] as number;
}

async function loansDecidedBy(version: string): Promise<number> {
  const client = new pg.Client(database.url);
  await client.connect();
  try {
    const { rows } = await client.query<{ loans: string }>(
      `SELECT count(*) AS loans FROM read.ledger_entry
        WHERE rule = 'loan-use' AND points = 8 AND policy_version = $1 AND counts_on >= '2023-01-01'`,
      [version],
    );
    return Number(rows[0]?.loans);
  } finally {
    await client.end();
  }
}

describe('retention policy validate', () => {
  it('ends with 1 and a line for each fault, and needs no database', async () => {
    const path = file('bad.yaml', 'version: a\ntiers: { stable: 8 }');
    const ended = await run({ DATABASE_URL: 'postgres://127.0.0.1:1/nowhere' }, ['policy', 'validate', path]);
    expect(ended).toEqual({
      code: 1,
      stdout: 'effectiveFrom: is required\ntiers.stable: must be greater than tiers.establishing (10); 8 was given\n',
      stderr: `${path} has 2 faults.\n`,
    });
  });
});

describe('retention policy publish', () => {
  it('only says what it would change with --dry-run', async () => {
    const { code, stdout } = await policy('publish', file('second.yaml', SECOND), ...WHO, '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^lender-2 takes the place of credit-points-1 from 2023-01-01 on:\n {2}points\.loanUse 10 → 8\n.* decided anew, for each of \d+ customers\.\nNothing was published/,
    );
  });

  it('decides anew what happened since its first day, and nothing before', async () => {
    const before = await points();
    const report = objectOf(await policy('publish', file('second.yaml', SECOND), ...WHO, '--json'));
    expect(report).toMatchObject({
      version: 'lender-2',
      revision: 1,
      publishedAs: null,
      replaces: 'credit-points-1',
      until: null,
      changes: [{ path: 'points.loanUse', from: 10, to: 8 }],
      isDecided: true,
      customersDue: 0,
    });
    const loans = await loansDecidedBy('lender-2');
    expect(loans).toBeGreaterThan(10);
    expect(await points()).toBe(before - 2 * loans);
  });

  it('has no effect the second time', async () => {
    const before = await points();
    const ended = await policy('publish', file('second.yaml', SECOND), ...WHO);
    expect(ended.code).toBe(0);
    expect(ended.stderr).toBe('lender-2 was published before, as revision 1: it has no further effect.\n');
    expect(ended.stdout).toMatch(/^lender-2 is published as revision 1\.\nEverybody is decided by it/);
    expect(await points()).toBe(before);
  });

  it('refuses another content under a known name', async () => {
    const { code, stdout, stderr } = await policy('publish', file('other.yaml', SECOND.replace('8', '9')), ...WHO);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^There is a version lender-2 already, with other content \(points\.loanUse 8 → 9\): /);
  });

  it('wants a reason, and says the faults of a document before it looks for a database', async () => {
    const bad = file('bad.yaml', 'version: a');
    const nowhere = { DATABASE_URL: 'postgres://127.0.0.1:1/nowhere' };
    const [silent, faulty] = await Promise.all([
      run(nowhere, ['policy', 'publish', bad, '--author', 'Li Na', '--reason', ' ']),
      run(nowhere, ['policy', 'publish', bad, ...WHO]),
    ]);
    expect(silent).toMatchObject({ code: 2, stderr: 'error: --reason is not valid; expected 1 to 500 characters.\n' });
    expect(faulty).toMatchObject({ code: 1, stdout: 'effectiveFrom: is required\n' });
  });
});

describe('retention policy show', () => {
  it('prints the version in force as a document that can be published again under another name', async () => {
    const { code, stdout } = await policy('show');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^# lender-2, effective from 2023-01-01; published \d{4}-[\d:T-]+Z by Li Na: board, 3 May\n\n/,
    );
    const third = file(
      'third.yaml',
      stdout.replace('lender-2\n', 'lender-3\n').replace('2023-01-01\n', '2022-07-01\n'),
    );
    const report = objectOf(await policy('publish', third, ...WHO, '--dry-run', '--json'));
    expect(report).toMatchObject({ replaces: 'credit-points-1', until: '2022-12-31' });
  });

  it('prints the one of another day, and knows no other by name', async () => {
    const [ofDay, unknown, both] = await Promise.all([
      policy('show', '--on', '2022-12-31', '--json'),
      policy('show', '--version', 'lender-9'),
      policy('show', '--version', 'lender-2', '--on', '2024-01-01'),
    ]);
    expect(objectOf(ofDay)).toMatchObject({ revision: 0, version: 'credit-points-1', author: null, publishedAt: null });
    expect(unknown).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^There is no version lender-9;/),
    });
    expect(both.code).toBe(2);
  });
});

describe('retention policy history', () => {
  it('lists every version with what it changed', async () => {
    const { stdout } = await policy('history');
    const [header, first, second, ...more] = stdout.split('\n');
    expect(more).toEqual(['']);
    expect(header).toMatch(/^revision +version +effective from +published at +author +reason +changed$/);
    expect(first).toMatch(/^0 +credit-points-1 +1900-01-01 +with the product +- +- +-$/);
    expect(second).toMatch(/^1 +lender-2 +2023-01-01 +\d{4}-[\d:T-]+ +Li Na +board, 3 May +points\.loanUse 10 → 8$/);
  });
});
