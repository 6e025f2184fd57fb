import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  describeParameters,
  type LenderParameters,
  PARAMETER_DEFAULTS,
  resolveParameters,
  type SimulatedMessage,
  simulateLender,
  simulateLines,
  WITHOUT_DISORDER,
} from './index.js';

const SMALL: LenderParameters = { customers: 300, years: 2, seed: 7 };

interface Envelope {
  readonly id: string;
  readonly type: string;
  readonly subject?: string;
  readonly time: string;
  readonly data: Readonly<Record<string, string>>;
}

const envelopeOf = ({ line }: { line: string }): Envelope => JSON.parse(line) as Envelope;
const happenedAt = (message: SimulatedMessage): number => Date.parse(envelopeOf(message).time);

function digestOf(parameters: LenderParameters): string {
  const hash = createHash('sha256');
  for (const line of simulateLines(parameters)) hash.update(line).update('\n');
  return hash.digest('hex');
}

function linesByCustomer(parameters: LenderParameters): Map<string, string[]> {
  const byCustomer = new Map<string, string[]>();
  for (const { key, line } of simulateLender(parameters)) byCustomer.set(key, [...(byCustomer.get(key) ?? []), line]);
  return byCustomer;
}

describe('the seed', () => {
  it('gives the same bytes again, in this process and in any other', () => {
    expect(digestOf(SMALL)).toBe(digestOf(SMALL));
    expect(digestOf(SMALL)).toBe('7205bf1f6f27fbe526deae480809f5bd19fdc709eeae3c4e3f0b0f8ef9cce035');
  });

  it('gives other bytes when it is another', () => {
    expect(digestOf({ ...SMALL, seed: 8 })).not.toBe(digestOf(SMALL));
    // The part above 32 bits counts as well.
    expect(digestOf({ ...SMALL, seed: 7 + 2 ** 32 })).not.toBe(digestOf(SMALL));
  });

  it('gives a customer the same history however many customers there are', () => {
    const few = linesByCustomer(SMALL);
    const many = linesByCustomer({ ...SMALL, customers: 700 });
    expect([...few.keys()].every((key) => few.get(key)?.join('\n') === many.get(key)?.join('\n'))).toBe(true);
    expect(few.size).toBe(300);
  });

  it('tells the same facts with and without disorder', () => {
    const orderly = new Set(simulateLines({ ...SMALL, ...WITHOUT_DISORDER }));
    const disorderly = [...simulateLines(SMALL)];
    expect(disorderly.filter((line) => !orderly.has(line))).toEqual([]);
    expect(new Set(disorderly).size).toBe(orderly.size);
    expect(disorderly.length).toBeGreaterThan(orderly.size);
  });
});

describe('the order of publication', () => {
  const DISORDERLY: LenderParameters = { customers: 1500, years: 3, seed: 5 };

  it('is that of business when disorder is off, with each fact published once', () => {
    const messages = [...simulateLender({ ...SMALL, ...WITHOUT_DISORDER })];
    expect(messages.every((message, at) => at === 0 || happenedAt(messages[at - 1]!) <= happenedAt(message))).toBe(
      true,
    );
    expect(new Set(messages.map((message) => envelopeOf(message).id)).size).toBe(messages.length);
  });

  it('never goes back, and never publishes what has not happened yet', () => {
    const messages = [...simulateLender(SMALL)];
    expect(messages.every((one, at) => at === 0 || messages[at - 1]!.publishedAt <= one.publishedAt)).toBe(true);
    expect(messages.filter((message) => message.publishedAt <= happenedAt(message))).toEqual([]);
  });

  it('repeats, delays and leaves out the subject about as often as the parameters say', () => {
    const first = new Map<string, SimulatedMessage>();
    const messages = [...simulateLender(DISORDERLY)];
    for (const message of messages) if (!first.has(message.line)) first.set(message.line, message);
    const once = [...first.values()];
    const late = (least: number, most: number): number =>
      once.filter((message) => {
        const seconds = (message.publishedAt - happenedAt(message)) / 1000 - 2;
        return seconds >= least && seconds < most;
      }).length / once.length;
    const day = 86_400;
    const loanOnly = once.map(envelopeOf).filter((event) => event.data['customerId'] === undefined);

    expect(messages.length / once.length - 1).toBeCloseTo(PARAMETER_DEFAULTS.repeatedRate.value, 2);
    expect(late(1, 3600)).toBeCloseTo(PARAMETER_DEFAULTS.lateByMinutesRate.value, 2);
    expect(late(3600, day)).toBeCloseTo(PARAMETER_DEFAULTS.lateByHoursRate.value, 2);
    expect(late(day, 7 * day)).toBeGreaterThan(PARAMETER_DEFAULTS.lateByDaysRate.value * 0.8);
    expect(late(7 * day, 60 * day)).toBeGreaterThan(PARAMETER_DEFAULTS.lateByWeeksRate.value * 0.8);
    expect(loanOnly.filter((event) => event.subject === undefined).length / loanOnly.length).toBeCloseTo(
      PARAMETER_DEFAULTS.withoutSubjectRate.value,
      2,
    );
  });

  it('brings some repayments before their loan and some loans before their customer', () => {
    const seen = new Set<string>();
    let [repaymentsFirst, loansFirst] = [0, 0];
    for (const message of simulateLender(DISORDERLY)) {
      const { type, data } = envelopeOf(message);
      if (type === 'lending.customer.registered.v1') seen.add(data['customerId'] ?? '');
      if (type === 'lending.loan.disbursed.v1') seen.add(data['loanId'] ?? '');
      if (type === 'lending.repayment.received.v1' && !seen.has(data['loanId'] ?? '')) repaymentsFirst += 1;
      if (type === 'lending.loan.disbursed.v1' && !seen.has(data['customerId'] ?? '')) loansFirst += 1;
    }
    expect(repaymentsFirst).toBeGreaterThan(10);
    expect(loansFirst).toBeGreaterThan(10);
  });
});

describe('the calendar', () => {
  it('is closed once a day when asked for, and never otherwise', () => {
    const ticks = (parameters: LenderParameters): string[] =>
      [...simulateLender(parameters)]
        .map(envelopeOf)
        .flatMap(({ type, data }) => (type.includes('day.closed') ? data['day']! : []));
    const days = ticks({ ...SMALL, customers: 5, closesBusinessDays: true });
    expect(days.length).toBe(731);
    expect([days[0], days.at(-1), new Set(days).size]).toEqual(['2021-01-01', '2023-01-01', 731]);
    expect(ticks(SMALL)).toEqual([]);
  });

  it('ends on the day the parameters state', () => {
    const { endsOn } = resolveParameters({ ...SMALL, startsOn: '2024-02-29' });
    const days = [...simulateLender({ ...SMALL, startsOn: '2024-02-29' })]
      .map((one) => envelopeOf(one).time.slice(0, 10))
      .sort();
    expect(endsOn).toBe('2026-02-28');
    expect(days[0]! >= '2024-02-29' && days.at(-1)! <= endsOn).toBe(true);
  });
});

describe('the parameters', () => {
  it('are stated in full, each in a line', () => {
    const lines = describeParameters(resolveParameters({ ...SMALL, prepaidRate: 0.25 }));
    expect(lines.slice(0, 3)).toEqual(['customers: 300', 'years: 2 (2021-01-01 to 2023-01-01)', 'seed: 7']);
    expect(lines).toContain('prepaidRate: 0.25 of the loans are repaid as a whole before maturity');
    expect(lines.length).toBe(5 + Object.keys(PARAMETER_DEFAULTS).length);
  });

  it('are refused with all their faults at once', () => {
    const wrong = { customers: 0, years: 51, seed: 0.5, startsOn: '2023-02-29', overdueRate: 1.5, branches: 0 };
    const faults = ['customers must', 'years must', 'seed must', 'startsOn must', 'overdueRate must', 'branches must'];
    for (const fault of faults) expect(() => resolveParameters(wrong)).toThrow(fault);
    expect(() => simulateLender(wrong).next()).toThrow(RangeError);
  });

  it('switch things off: a lender without trouble reports none', () => {
    const calm = { ...SMALL, overdueRate: 0, writtenOffRate: 0, repaymentReversedRate: 0, settlementUndoneRate: 0 };
    const types = new Set([...simulateLender(calm)].map((message) => envelopeOf(message).type));
    for (const trouble of ['instalment.overdue', 'loan.written-off', 'repayment.reversed', 'loan.settlement-undone']) {
      expect(types).not.toContain(`lending.${trouble}.v1`);
    }
    expect(types).toContain('lending.loan.settled.v1');
  });
});
