import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabaseForSpec } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import { objectOf, run } from '../command-line.spec-support.js';

/** Park and Miller: the same borrowers in every run. */
function drawing(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

const message = (id: string, type: string, subject: string, day: string, data: object): string =>
  JSON.stringify({
    specversion: '1.0',
    id,
    source: '/fit',
    type: `lending.${type}.v1`,
    subject,
    time: `${day}T10:00:00+08:00`,
    data: { customerId: subject, ...data },
  });

const dayAfter = (days: number): string =>
  new Date(Date.UTC(2020, 0, 1) + days * 86_400_000).toISOString().slice(0, 10);

/** 500 borrowers of the kind the models assume: each at a rate of their own, leaving after a loan with a chance of their own. */
function borrowers(): string[] {
  const draw = drawing(20_261_124);
  const lines: string[] = [];
  for (let customer = 1; customer <= 500; customer += 1) {
    const id = `C${String(customer)}`;
    const first = Math.floor(draw() * 300);
    const meanGapDays = 30 - 150 * Math.log(draw());
    const leaves = 0.05 + 0.5 * draw() * draw();
    lines.push(
      message(`reg-${id}`, 'customer.registered', id, dayAfter(first), {
        kind: 'personal',
        registeredOn: dayAfter(first),
      }),
    );
    let at = first;
    for (let loan = 1; at < 1400; loan += 1) {
      const loanId = `L${String(customer)}-${String(loan)}`;
      const terms = { loanId, product: 'micro', principal: '1000.00', currency: 'CNY' };
      const disbursal = { ...terms, disbursedOn: dayAfter(at), maturesOn: dayAfter(at + 20) };
      lines.push(message(`dis-${loanId}`, 'loan.disbursed', id, dayAfter(at), disbursal));
      lines.push(
        message(`set-${loanId}`, 'loan.settled', id, dayAfter(at + 20), { loanId, settledOn: dayAfter(at + 20) }),
      );
      if (draw() < leaves) break;
      at += 21 + Math.floor(-meanGapDays * Math.log(draw()));
    }
  }
  return lines;
}

const TO = dayAfter(1399);
let database: SpecDatabase;
let environment: Record<string, string>;
const retention = (...parameters: string[]) => run(environment, parameters);

beforeAll(async () => {
  database = await createDatabaseForSpec();
  environment = { DATABASE_URL: database.url };
  objectOf(await run(environment, ['ingest', '--file', '-', '--json'], `${borrowers().join('\n')}\n`));
});
afterAll(() => database.drop());

describe('retention fit-churn-model', () => {
  it('fits both models on the disbursals of the window, and keeps the fit without using it', async () => {
    const { model, outlook, policyVersion } = objectOf(await retention('fit-churn-model', '--to', TO, '--json')) as {
      model: Record<string, unknown>;
      outlook: { alive: number; expectedLoans: number };
      policyVersion: string | null;
    };
    expect(model).toMatchObject({ version: `fit-${TO}`, to: TO, customers: 500, unitDays: 7 });
    for (const kind of ['bgNbd', 'mbgNbd']) {
      const parameters = Object.values(model[kind] as Record<string, number>);
      expect(parameters).toHaveLength(5);
      expect(parameters.every(Number.isFinite)).toBe(true);
    }
    expect(outlook.alive).toBeGreaterThan(20);
    expect(outlook.alive).toBeLessThan(480);
    expect(outlook.expectedLoans).toBeGreaterThan(0);
    expect(policyVersion).toBeNull();
    const again = objectOf(await retention('fit-churn-model', '--to', TO, '--json'));
    expect(again['model']).toEqual(model);
  });

  it('makes it the model of the policy with --publish: the fourth definition then says who has left', async () => {
    const before = objectOf(await retention('export', 'customers', '--as-of', TO, '--out', '/dev/null', '--json'));
    expect(before).toMatchObject({ rows: 500, asOf: TO });
    const published = objectOf(
      await retention(
        'fit-churn-model',
        '--to',
        TO,
        '--publish',
        '--author',
        'Li Na',
        '--reason',
        'first fit',
        '--effective-from',
        '2020-01-01',
        '--json',
      ),
    );
    expect(published['policyVersion']).toBe(`credit-points-1.fit-${TO}`);
    const { stdout } = await retention('export', 'customers', '--as-of', TO);
    const byModel = stdout
      .trim()
      .split('\n')
      .filter((line) => (JSON.parse(line) as { churnedByModel: string | null }).churnedByModel !== null);
    expect(byModel.length).toBeGreaterThan(20);
    expect(byModel.length).toBeLessThan(480);
    const history = await retention('policy', 'history', '--json');
    expect(history.stdout).toContain(`fit-${TO}`);
  });

  it('needs somebody to answer for a publication', async () => {
    const { code, stderr } = await retention('fit-churn-model', '--publish');
    expect([code, stderr]).toEqual([2, 'error: --publish needs --author and --reason.\n']);
  });

  it('says in one line why there is no fit', async () => {
    const { code, stderr } = await retention('fit-churn-model', '--to', '2020-01-05');
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/customers/);
  });
});

describe('retention close-day', () => {
  it('refuses a day that is not over, and says what a closed one brought', async () => {
    const ahead = await retention('close-day', '--until', '2199-12-31');
    expect(ahead.code).toBe(2);
    expect(ahead.stderr).toMatch(/^error: --until 2199-12-31 is not over in Asia\/Shanghai/);
    expect((await retention('close-day', '--until', '2020-02-30')).code).toBe(2);
    expect(objectOf(await retention('close-day', '--until', TO, '--json'))).toMatchObject({ closedDay: TO, days: 1 });
    const daily = objectOf(await retention('close-day', '--until', dayAfter(1404), '--daily', '--json'));
    expect(daily).toMatchObject({ closedDay: dayAfter(1404), days: 5 });
    const again = await retention('close-day', '--until', TO);
    expect(again.stdout).toBe(`${dayAfter(1404)} is closed already, and ${TO} with it.\n`);
  });
});
