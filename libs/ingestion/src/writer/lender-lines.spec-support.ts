/** Lines of the upstream contract as a lender writes them: one CloudEvent each, at noon of its day in Shanghai. */
export interface Said {
  readonly id: string;
  readonly type: string;
  readonly on: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly subject?: string;
}

const SOURCE = '/lender';

export function factId(id: string): string {
  return `${SOURCE}#${id}`;
}

export function line({ id, type, on, data, subject }: Said): string {
  const about = subject === undefined ? {} : { subject };
  const envelope = { specversion: '1.0', id, source: SOURCE, type: `lending.${type}.v1`, time: `${on}T12:00:00+08:00` };
  return JSON.stringify({ ...envelope, ...about, data });
}

type More = Readonly<Record<string, unknown>>;

export function registered(customerId: string, more: More = {}, on = '2021-01-04'): string {
  const data = { customerId, kind: 'personal', registeredOn: on, ...more };
  return line({ id: `registered-${customerId}`, type: 'customer.registered', on, data });
}

export function disbursed(loanId: string, customerId: string, on = '2021-02-01', more: More = {}): string {
  const terms = { product: 'micro', principal: '70000.00', currency: 'CNY', disbursedOn: on, maturesOn: '2029-12-31' };
  const data = { loanId, customerId, ...terms, ...more };
  return line({ id: `disbursed-${loanId}-${customerId}`, type: 'loan.disbursed', on, data });
}

export function applied(loanId: string, customerId: string, on = '2021-01-20'): string {
  const data = { loanId, customerId, product: 'micro', amount: '70000.00', currency: 'CNY', appliedOn: on };
  return line({ id: `applied-${loanId}-${customerId}`, type: 'loan.applied', on, data });
}

export function disbursalUndone(loanId: string, on = '2021-02-02'): string {
  return line({ id: `undone-${loanId}`, type: 'loan.disbursal-undone', on, data: { loanId, undoneOn: on } });
}

/** Names the loan alone: whose it is has to be found through it. */
export function repaid(loanId: string, no: number, more: More = {}, on = '2021-03-01'): string {
  const data = { repaymentId: `P-${loanId}-${no}`, loanId, amount: '1200.00', currency: 'CNY', paidOn: on, ...more };
  return line({ id: `repaid-${loanId}-${no}`, type: 'repayment.received', on, data });
}

export function settled(loanId: string, on = '2021-09-01'): string {
  return line({ id: `settled-${loanId}`, type: 'loan.settled', on, data: { loanId, settledOn: on } });
}

export function overdue(loanId: string, no = 1, on = '2021-05-01'): string {
  const data = { loanId, no, dueOn: '2021-04-20', asOf: on, daysPastDue: 11, amount: '1200.00' };
  return line({ id: `overdue-${loanId}-${no}`, type: 'instalment.overdue', on, data });
}

export function contacted(customerId: string, no: number, on = '2021-06-01'): string {
  const data = { customerId, contactId: `K-${customerId}-${no}`, madeOn: on };
  return line({ id: `contacted-${customerId}-${no}`, type: 'contact.made', on, data });
}

export function adjusted(customerId: string, no: number, points: number, on = '2021-06-01'): string {
  const data = { customerId, points, on, by: 'O-01', reason: 'goodwill' };
  return line({ id: `adjusted-${customerId}-${no}`, type: 'points.adjusted', on, data });
}

export function dayClosed(day: string): string {
  return line({ id: `closed-${day}`, type: 'business-day.closed', on: day, data: { day } });
}

/** The whole story of a customer with two loans, most of it told without naming the customer. */
export function lifeOf(customerId: string): string[] {
  const [one, other] = [`${customerId}-L1`, `${customerId}-L2`];
  return [
    registered(customerId, { branchId: 'B-01', officerId: 'O-01' }),
    applied(one, customerId),
    disbursed(one, customerId),
    repaid(one, 1),
    repaid(one, 2),
    settled(one),
    disbursed(other, customerId, '2021-10-01'),
    repaid(other, 1),
    overdue(other),
    contacted(customerId, 1),
    adjusted(customerId, 1, 3),
  ];
}

/** The same lines in an order that depends on the seed alone (Fisher–Yates over a linear congruence). */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const mixed = [...items];
  let state = (seed * 2_654_435_761 + 12_345) >>> 0;
  for (let index = mixed.length - 1; index > 0; index -= 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const other = Math.floor((state / 2 ** 32) * (index + 1));
    [mixed[index], mixed[other]] = [mixed[other]!, mixed[index]!];
  }
  return mixed;
}

export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
