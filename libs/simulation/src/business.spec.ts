import { beforeAll, describe, expect, it } from '@jest/globals';
import { PARAMETER_DEFAULTS, simulateLines, WITHOUT_DISORDER } from './index.js';

interface Told {
  readonly type: string;
  readonly time: string;
  readonly data: Readonly<Record<string, string>>;
}

// In business order, which is what the claims below are about.
const CUSTOMERS = 2500;
const told: Told[] = [];
const byLoan = new Map<string, Told[]>();
const registered = new Map<string, Told>();
const disbursedByCustomer = new Map<string, number>();

const fen = (amount: string | undefined): number => Math.round(Number(amount ?? '0') * 100);
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const ofType = (facts: readonly Told[], type: string): Told[] => facts.filter((fact) => fact.type === type);
const count = (type: string): number => ofType(told, type).length;

/** The repayments of a loan that were not reversed. */
function standing(loan: readonly Told[]): Told[] {
  const reversed = new Set(ofType(loan, 'repayment.reversed').map((fact) => fact.data['repaymentId']));
  return ofType(loan, 'repayment.received').filter((fact) => !reversed.has(fact.data['repaymentId']));
}

beforeAll(() => {
  for (const line of simulateLines({ customers: CUSTOMERS, years: 4, seed: 3, ...WITHOUT_DISORDER })) {
    const event = JSON.parse(line) as Told;
    const fact = { ...event, type: event.type.replace('lending.', '').replace('.v1', '') };
    const { loanId, customerId = '' } = fact.data;
    told.push(fact);
    if (loanId !== undefined) byLoan.set(loanId, [...(byLoan.get(loanId) ?? []), fact]);
    if (fact.type === 'customer.registered') registered.set(customerId, fact);
    if (fact.type === 'loan.disbursed') {
      disbursedByCustomer.set(customerId, (disbursedByCustomer.get(customerId) ?? 0) + 1);
    }
  }
});

describe('the loans of the simulated lender', () => {
  it('are disbursed once, after their approval, and to a customer who is registered', () => {
    let disbursed = 0;
    for (const loan of byLoan.values()) {
      const types = loan.map((fact) => fact.type);
      if (!types.includes('loan.disbursed')) continue;
      disbursed += 1;
      expect(types.slice(0, 3)).toEqual(['loan.applied', 'loan.approved', 'loan.disbursed']);
      expect(types.lastIndexOf('loan.disbursed')).toBe(2);
      const customer = registered.get(loan[0]!.data['customerId'] ?? '');
      expect(customer!.time < loan[0]!.time).toBe(true);
    }
    expect(disbursed).toBeGreaterThan(CUSTOMERS);
  });

  it('are granted or refused, never both', () => {
    for (const loan of byLoan.values()) {
      const types = loan.map((fact) => fact.type);
      if (types.includes('loan.rejected')) expect(types).toEqual(['loan.applied', 'loan.rejected']);
      if (types.includes('loan.cancelled')) expect(types).toEqual(['loan.applied', 'loan.approved', 'loan.cancelled']);
    }
    expect(count('loan.rejected') / count('loan.applied')).toBeCloseTo(PARAMETER_DEFAULTS.rejectedRate.value, 1);
  });

  it('are settled with the whole principal repaid, and with the whole total due unless prepaid', () => {
    let [onSchedule, prepaid] = [0, 0];
    for (const loan of byLoan.values()) {
      if (!loan.some((fact) => fact.type === 'loan.settled')) continue;
      const { principal, totalDue, schedule } = ofType(loan, 'loan.disbursed')[0]!.data;
      const paid = standing(loan).map((fact) => fact.data);
      const due = sum(paid.map((parts) => fen(parts['principal']) + fen(parts['interest'])));
      expect(sum(paid.map((parts) => fen(parts['principal'])))).toBe(fen(principal));
      expect(sum((schedule as unknown as Told['data'][]).map((item) => fen(item['amount'])))).toBe(fen(totalDue));
      // A loan closed with its last instalment has as many repayments as a loan on schedule, but saves interest.
      expect(due).toBeLessThanOrEqual(fen(totalDue));
      if (due === fen(totalDue)) onSchedule += 1;
      else prepaid += 1;
    }
    expect(prepaid / (onSchedule + prepaid)).toBeCloseTo(PARAMETER_DEFAULTS.prepaidRate.value, 1);
    expect(prepaid).toBeGreaterThan(100);
  });

  it('have repayments whose parts add up to their amount', () => {
    const repayments = ofType(told, 'repayment.received').map((fact) => fact.data);
    const parts = ['principal', 'interest', 'fee', 'penalty'];
    const wrong = repayments.filter((one) => sum(parts.map((part) => fen(one[part]))) !== fen(one['amount']));
    expect(wrong).toEqual([]);
  });

  it('see no payment after they are settled, written off or undone, unless it corrects', () => {
    const wrong: Told['data'][] = [];
    let undone = 0;
    for (const loan of byLoan.values()) {
      let open = false;
      for (const { type, data } of loan) {
        if (type === 'loan.disbursed' || type === 'loan.settlement-undone') open = true;
        if (['repayment.received', 'loan.rescheduled', 'loan.settled'].includes(type) && !open) wrong.push(data);
        if (['loan.settled', 'loan.written-off', 'loan.disbursal-undone'].includes(type)) open = false;
        if (type === 'loan.settlement-undone') undone += 1;
      }
    }
    expect(wrong).toEqual([]);
    expect(undone).toBeGreaterThan(5);
  });

  it('mature no earlier than they are disbursed, on the day of their last instalment', () => {
    const wrong = ofType(told, 'loan.disbursed').filter(({ data }) => {
      const schedule = data['schedule'] as unknown as Told['data'][];
      return data['maturesOn']! <= data['disbursedOn']! || schedule.at(-1)!['dueOn'] !== data['maturesOn'];
    });
    expect(wrong).toEqual([]);
  });

  it('report an overdue instalment again with more days past due, and cure what is paid', () => {
    let reportedAgain = 0;
    for (const loan of byLoan.values()) {
      const days = new Map<string, number>();
      for (const { type, data } of loan) {
        const no = String(data['no']);
        if (type === 'instalment.overdue') {
          const daysPastDue = Number(data['daysPastDue']);
          if (days.has(no)) reportedAgain += 1;
          expect(daysPastDue).toBeGreaterThan(days.get(no) ?? 0);
          expect(Date.parse(data['asOf']!) - Date.parse(data['dueOn']!)).toBe(daysPastDue * 86_400_000);
          days.set(no, daysPastDue);
        }
        if (type === 'instalment.cured') expect(days.delete(no)).toBe(true);
      }
      if (loan.some((fact) => fact.type === 'loan.settled')) expect(days.size).toBe(0);
    }
    expect(reportedAgain).toBeGreaterThan(500);
  });

  it('lose no more than the principal, and recover no more than they lost', () => {
    const writtenOff = [...byLoan.values()].filter((loan) => loan.some((fact) => fact.type === 'loan.written-off'));
    for (const loan of writtenOff) {
      const repaid = sum(standing(loan).map((fact) => fen(fact.data['principal'])));
      const lost = fen(ofType(loan, 'loan.written-off')[0]!.data['amount']);
      expect(lost + repaid).toBe(fen(ofType(loan, 'loan.disbursed')[0]!.data['principal']));
      for (const { data } of ofType(loan, 'loan.recovered')) expect(fen(data['amount'])).toBeLessThanOrEqual(lost);
    }
    expect(writtenOff.length).toBeGreaterThan(20);
  });
});

describe('the customers of the simulated lender', () => {
  it('take from 1 to 30 loans, most of them a few and a few of them many', () => {
    const loans = [...disbursedByCustomer.values()];
    expect(Math.max(...loans)).toBeLessThanOrEqual(30);
    expect(Math.max(...loans)).toBeGreaterThan(12);
    expect(loans.filter((number) => number <= 4).length / loans.length).toBeGreaterThan(0.75);
    expect(loans.filter((number) => number === 1).length / loans.length).toBeLessThan(0.6);
    expect(loans.length).toBeGreaterThan(CUSTOMERS * 0.85);
  });

  it('are referred by somebody else: mostly by an earlier customer, now and then by a later or an unknown one', () => {
    const kinds = { earlier: 0, later: 0, unknown: 0 };
    for (const { data } of registered.values()) {
      const { referrerId, customerId, registeredOn = '' } = data;
      if (referrerId === undefined) continue;
      expect(referrerId).not.toBe(customerId);
      const referrer = registered.get(referrerId);
      if (referrer === undefined) kinds.unknown += 1;
      else if (referrer.data['registeredOn']! <= registeredOn) kinds.earlier += 1;
      else kinds.later += 1;
    }
    const all = kinds.earlier + kinds.later + kinds.unknown;
    expect(all / CUSTOMERS).toBeCloseTo(PARAMETER_DEFAULTS.referredRate.value, 1);
    expect(kinds.earlier / all).toBeGreaterThan(0.85);
    expect([kinds.later > 5, kinds.unknown > 5]).toEqual([true, true]);
  });

  it('are people and companies, served by the officers of many branches', () => {
    const all = [...registered.values()].map((fact) => fact.data);
    const companies = all.filter((data) => data['kind'] === 'corporate');
    expect(companies.length / all.length).toBeCloseTo(PARAMETER_DEFAULTS.corporateRate.value, 1);
    expect(companies.filter((data) => data['birthDate'] !== undefined)).toEqual([]);
    expect(new Set(all.map((data) => data['branchId'])).size).toBe(PARAMETER_DEFAULTS.branches.value);
    expect(all.filter((data) => !data['officerId']!.startsWith(data['branchId']!))).toEqual([]);
  });

  it('send about 13 facts each in two years and about 20 in five', () => {
    const mean = (years: number): number => [...simulateLines({ customers: 1000, years, seed: 1 })].length / 1000;
    expect(mean(2)).toBeGreaterThan(12);
    expect(mean(2)).toBeLessThan(14.5);
    expect(mean(5)).toBeGreaterThan(19);
    expect(mean(5)).toBeLessThan(22);
  });
});
