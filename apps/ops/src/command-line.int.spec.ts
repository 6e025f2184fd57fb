import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmbeddedPostgres } from '@retention/platform';
import { simulateLines } from '@retention/simulation';
import { createDatabaseForSpec } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import pg from 'pg';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { objectOf, run, start } from './command-line.spec-support.js';

const LENDER = { customers: 500, years: 2, seed: 7 };
const lines = [...simulateLines(LENDER)];
const NOBODY_KNOWS = JSON.stringify({
  specversion: '1.0',
  id: 'orphan-1',
  source: '/core',
  type: 'lending.loan.settled.v1',
  time: '2024-09-01T10:00:00+08:00',
  data: { loanId: 'L-nobody', settledOn: '2024-09-01' },
});
const [MIDDLE, LAST] = ['2022-06-30', '2022-12-31'];
const dayClosed = (day: string): string =>
  JSON.stringify({
    specversion: '1.0',
    id: `day-${day}`,
    source: '/core',
    type: 'lending.business-day.closed.v1',
    time: `${day}T23:00:00+08:00`,
    data: { day },
  });
const REFUSED = '{"id": "\u001b[2J"';

let folder: string;
let first: SpecDatabase;
let second: SpecDatabase;
let environment: Record<string, string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'retention-ops-'));
  chmodSync(folder, 0o755);
  [first, second] = await Promise.all([createDatabaseForSpec(), createDatabaseForSpec()]);
  environment = { DATABASE_URL: first.url };
});
afterAll(async () => {
  await Promise.all([first.drop(), second.drop()]);
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function askFirst<Row extends pg.QueryResultRow>(query: string): Promise<Row[]> {
  const client = new pg.Client(first.url);
  await client.connect();
  try {
    return (await client.query<Row>(query)).rows;
  } finally {
    await client.end();
  }
}

/** The same order every time, and nothing like the order before (mulberry32 and Fisher–Yates). */
function shuffled<T>(items: readonly T[]): T[] {
  let state = 42;
  const below = (bound: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
  const result = [...items];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = below(last + 1);
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}

describe('retention', () => {
  it('takes in a packed feed and waits for the read models, which nobody else keeps', async () => {
    const feed = write('feed.ndjson.gz', gzipSync([...lines, REFUSED, NOBODY_KNOWS].join('\n')));
    const ended = await run(environment, ['ingest', '--file', feed, '--json']);
    const report = objectOf(ended);
    const outcomes = report['outcomes'] as Record<string, number>;
    expect(report).toMatchObject({
      file: 'feed.ndjson.gz',
      lines: lines.length + 2,
      isComplete: true,
      isCaughtUp: true,
    });
    expect(outcomes).toMatchObject({ refused: 1, 'conflicting-duplicate': 0 });
    expect(outcomes['accepted']).toBeGreaterThan(lines.length * 0.9);
    expect(ended.stderr).toBe('');
  });

  it('says what it knows, to people and to programs', async () => {
    const [forPeople, forPrograms] = [await run(environment, ['status']), await run(environment, ['status', '--json'])];
    const status = objectOf(forPrograms) as {
      points: number;
      tiers: { customers: number; points: number }[];
      customers: { registered: number };
      projections: object[];
    };
    expect(status.customers.registered).toBeGreaterThan(400);
    expect(status.tiers.reduce((sum, { points }) => sum + points, 0)).toBe(status.points);
    expect(status.tiers.reduce((sum, { customers }) => sum + customers, 0)).toBe(status.customers.registered);
    expect(status).toMatchObject({
      facts: { pending: 1 },
      deadLetters: [{ code: 'invalid-json', letters: 1, seen: 1 }],
      projections: [{ lagEvents: 0 }, { lagEvents: 0 }],
    });
    expect(forPeople.stdout).toMatch(new RegExp(`^points +${status.points}$`, 'm'));
    expect(forPeople.stdout).toMatch(/^dead letters +1 invalid-json$/m);
    expect(status).toMatchObject({ closedDay: null, customersDue: 0, standing: { states: { churned: 0 } } });
    expect(forPeople.stdout).toMatch(
      /^closed day +none: nothing that waits for a day is decided; see retention close-day$/m,
    );
    expect(forPeople.stderr + forPrograms.stderr).toBe('');
  });

  it('says who is gone and who is warned of once a day is closed', async () => {
    expect((await run(environment, ['close-day', '--until', LAST])).code).toBe(0);
    const [forPeople, forPrograms] = [await run(environment, ['status']), await run(environment, ['status', '--json'])];
    const { standing, ...status } = objectOf(forPrograms) as {
      customers: { registered: number };
      standing: Record<'states' | 'churnKinds' | 'phases' | 'warningLevels', Record<string, number>> & {
        reasonsUnknown: number;
      };
    };
    const { states, churnKinds, phases, warningLevels, reasonsUnknown } = standing;
    const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((all, one) => all + one, 0);
    expect(status).toMatchObject({ closedDay: LAST, customersDue: 0 });
    expect([states, phases, warningLevels].map(sum)).toEqual(Array(3).fill(status.customers.registered));
    expect(sum(churnKinds)).toBe(states['churned']);
    expect(states['churned']).toBe(phases['gone']);
    for (const count of [states['churned'], reasonsUnknown, warningLevels['yellow']]) expect(count).toBeGreaterThan(0);
    const { retained, churned, none } = states;
    const { normal, abnormal } = churnKinds;
    expect(forPeople.stdout).toContain(`closed day    ${LAST}\ndue           nobody\n`);
    expect(forPeople.stdout).toContain(
      `states        ${retained} retained, ${churned} churned (${normal} normal, ${abnormal} abnormal; ` +
        `${reasonsUnknown} with the reason unknown), ${none} never had a loan\n`,
    );
    expect(forPeople.stdout).toMatch(new RegExp(`^phases +${phases['prospect']} prospect, .+ returned$`, 'm'));
    expect(forPeople.stdout).toMatch(new RegExp(`^warnings +${warningLevels['green']} green, .+ red$`, 'm'));
  });

  it('knows the same feed again when it comes through standard input', async () => {
    const { code, stdout, stderr } = await run(environment, ['ingest', '--file', '-'], `${lines.join('\r\n')}\r\n`);
    expect(stdout).toContain(`standard input: ${lines.length} messages in `);
    expect(stdout).toMatch(new RegExp(`^ +duplicate +${lines.length}$`, 'm'));
    expect(stdout).toContain('The read models hold it.\n');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('exports the same bytes twice, and after the feed and the days came shuffled and each line doubled', async () => {
    const [once, again] = [
      await run(environment, ['export', 'customers', '--format', 'ndjson']),
      await run(environment, ['export', 'customers']),
    ];
    expect(once.stdout.split('\n').length).toBeGreaterThan(400);
    expect(again.stdout).toBe(once.stdout);

    const other = { DATABASE_URL: second.url };
    const everything = shuffled([...lines, ...lines, NOBODY_KNOWS, dayClosed(MIDDLE), dayClosed(LAST)]);
    const report = objectOf(
      await run(other, ['ingest', '--json', '--file', write('shuffled.ndjson', everything.join('\n'))]),
    );
    expect(report['outcomes']).toMatchObject({ refused: 0, 'conflicting-duplicate': 0 });
    const elsewhere = await run(other, ['export', 'customers']);
    expect(elsewhere.stdout).toBe(once.stdout);
    expect(once.stdout).toMatch(/"state":"churned","churnedOn":"2022-/);
  });

  it('exports to a file, packed or not, and says how many rows it holds', async () => {
    const [csv, packed] = [join(folder, 'customers.csv'), join(folder, 'customers.ndjson.gz')];
    const report = objectOf(await run(environment, ['export', 'customers', '--format=csv', '--out', csv, '--json']));
    const rows = readFileSync(csv, 'utf8').trimEnd().split('\n');
    expect(report).toEqual({ file: csv, rows: rows.length - 1, customersDue: 0, lagEvents: 0 });
    expect(rows[0]).toMatch(/^customerId,registeredOn,/);
    expect((await run(environment, ['export', 'customers', '--out', packed])).code).toBe(0);
    expect(gunzipSync(readFileSync(packed)).toString().trimEnd().split('\n')).toHaveLength(rows.length - 1);
  });

  it('ends in peace when whoever reads the export has seen enough', async () => {
    const { child, ended } = start(environment, 'export', 'customers');
    child.stdout.once('data', () => child.stdout.destroy());
    const { code, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('lists and shows what was refused without letting it play with the terminal', async () => {
    const list = objectOf(await run(environment, ['dead-letters', 'list', '--json']));
    expect(list).toMatchObject({ next: null, deadLetters: [{ code: 'invalid-json', seen: 1 }] });
    const { id } = (list['deadLetters'] as { id: string }[])[0]!;
    const shown = await run(environment, ['dead-letters', 'show', id]);
    expect(shown.stdout).toContain(`from: feed.ndjson.gz:${lines.length + 1}\n`);
    expect(shown.stdout).toContain('{"id": "\\u{1b}[2J"');
    expect(shown.stdout).not.toContain('\u001b');
    const whole = objectOf(await run(environment, ['dead-letters', 'show', id, '--json']));
    expect(whole['body']).toEqual({ text: REFUSED });
    expect(await run(environment, ['dead-letters', 'show', '999999'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'There is no dead letter 999999.\n',
    });
  });

  it('lists what waits for a loan nobody has reported', async () => {
    const list = objectOf(await run(environment, ['pending', 'list', '--json']));
    expect(list).toMatchObject({ next: null, pendingFacts: [{ loanId: 'L-nobody', factId: '/core#orphan-1' }] });
    expect((await run(environment, ['pending', 'list'])).stdout).toContain('L-nobody');
  });

  it('finishes what is in flight at Ctrl-C, reports it and ends with 130', async () => {
    const { child, ended } = start(environment, 'ingest', '--file', '-', '--json');
    const identities = async (): Promise<number> =>
      (await askFirst<{ n: number }>('SELECT count(*)::int AS n FROM ingestion.fact_identity'))[0]!.n;
    const before = await identities();
    // A batch of 2000 goes off before the file ends; what is short of one is left for the next time.
    for (let no = 1; no <= 2500; no += 1) {
      const data = { customerId: `stopped-${no}`, kind: 'personal', registeredOn: '2024-09-01' };
      const type = 'lending.customer.registered.v1';
      const time = '2024-09-01T10:00:00+08:00';
      child.stdin.write(
        `${JSON.stringify({ specversion: '1.0', id: `s-${no}`, source: '/core', type, time, data })}\n`,
      );
    }
    while (child.exitCode === null && (await identities()) < before + 2000) await delay(50);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ lines: 2000, outcomes: { accepted: 2000 }, isComplete: false });
  });
});

describe('retention simulate', () => {
  const nowhere = { DATABASE_URL: 'postgresql://nobody:nothing@127.0.0.1:1/none' };

  it('writes the lender the parameters describe, and needs no database for it', async () => {
    const parameters = ['simulate', '--customers', '500', '--years', '2', '--seed', '7'];
    const { code, stdout, stderr } = await run(nowhere, parameters);
    expect(code).toBe(0);
    expect(stdout).toBe(`${lines.join('\n')}\n`);
    expect(stderr).toContain('customers: 500\n');
    expect(stderr).toContain('repeatedRate: 0.01 of the facts are published twice');
  });

  it('packs it into a file, with other parameters than the usual', async () => {
    const out = join(folder, 'simulated.ndjson.gz');
    const parameters = ['--customers=3', '--years=0.5', '--seed=1', '--repeated-rate=0', '--starts-on=2024-01-01'];
    const report = objectOf(await run(nowhere, ['simulate', ...parameters, '--out', out, '--json']));
    const written = gunzipSync(readFileSync(out)).toString();
    expect(written).toBe(
      [...simulateLines({ customers: 3, years: 0.5, seed: 1, repeatedRate: 0, startsOn: '2024-01-01' })]
        .map((line) => `${line}\n`)
        .join(''),
    );
    expect(report).toMatchObject({ file: out, messages: written.split('\n').length - 1, parameters: { seed: 1 } });
  });
});

describe('retention, called in a way it does not understand,', () => {
  it.each([
    ['a command that does not exist', ['frobnicate'], "error: unknown command 'frobnicate'"],
    ['an option that does not exist', ['status', '--all'], "error: unknown option '--all'"],
    ['a part too many', ['status', 'now'], 'error: too many arguments'],
    ['a file that is not named', ['ingest'], "error: required option '--file <path>' not specified"],
    ['an export of something else', ['export', 'loans'], 'error: There is no export of "loans"; expected customers.'],
    ['a format that is not known', ['export', 'customers', '--format', 'xml'], 'error: --format "xml" is not known'],
    ['data and an object on one stream', ['export', 'customers', '--json'], 'error: With --json, name a file'],
    [
      'a rate above 1',
      ['simulate', '--customers=1', '--years=1', '--seed=1', '--overdue-rate=2'],
      'overdueRate must be',
    ],
    ['a list without its name', ['dead-letters'], 'Usage: retention dead-letters'],
  ])('says so on standard error and ends with 2: %s', async (_, parameters, line) => {
    const { code, stdout, stderr } = await run(environment, parameters);
    expect(stderr).toContain(line);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

describe('retention, when something a person can mend is wrong,', () => {
  const failing = async (over: Record<string, string>, ...parameters: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run({ ...environment, ...over }, parameters);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    return stderr;
  };

  it('names the file that is not there, before it makes a database for it', async () => {
    const data = join(folder, 'never-made');
    expect(await failing({ DATABASE_URL: '', RETENTION_DATA: data }, 'ingest', '--file', 'no-such-file')).toBe(
      'There is no file no-such-file.\n',
    );
    expect(existsSync(data)).toBe(false);
  });

  it('names what is wrong in the configuration, all of it', async () => {
    const said = await failing({ INGEST_BATCH_FACTS: '0', BUSINESS_TIME_ZONE: 'Moon' }, 'status');
    expect(said).toMatch(/^The configuration is not valid:\n {2}BUSINESS_TIME_ZONE: .+\n {2}INGEST_BATCH_FACTS: .+\n$/);
  });

  it('names the database that does not answer, without its password', async () => {
    const said = await failing({ DATABASE_URL: 'postgresql://user:secret@127.0.0.1:1/none' }, 'status');
    expect(said).toBe('PostgreSQL at 127.0.0.1:1/none cannot be used: connect ECONNREFUSED 127.0.0.1:1\n');
  });

  it('names the folder it cannot write an export to, and leaves nothing behind', async () => {
    const out = join(folder, 'no', 'such', 'customers.csv');
    expect(await failing({}, 'export', 'customers', '--out', out)).toContain(`There is no folder for ${out}.\n`);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('reports what is in of a packed file that was cut off', async () => {
    const feed = write('cut.ndjson.gz', gzipSync(lines.join('\n')).subarray(0, -10));
    const { code, stdout, stderr } = await run(environment, ['ingest', '--file', feed, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ isComplete: false, isCaughtUp: false });
    expect(stderr).toMatch(/^cut\.ndjson\.gz: the gzip data is damaged or cut off after line \d+ .+ is safe\.\n$/);
  });
});

describe('retention beside a process that has the embedded database running', () => {
  it('visits it instead of being refused', async () => {
    const data = join(folder, 'data');
    mkdirSync(data);
    chmodSync(data, 0o755);
    const owner = await startEmbeddedPostgres({ dataFolder: data, settings: { fsync: 'off' } });
    try {
      const visited = await run({ RETENTION_DATA: data }, ['ingest', '--file', '-', '--json'], lines[0]);
      expect(objectOf(visited)).toMatchObject({ lines: 1, outcomes: { accepted: 1 } });
      const client = new pg.Client(owner.url);
      await client.connect();
      const { rows } = await client.query('SELECT count(*)::int AS n FROM ingestion.fact_identity');
      await client.end();
      expect(rows).toEqual([{ n: 1 }]);
    } finally {
      await owner.stop();
    }
  });
});
