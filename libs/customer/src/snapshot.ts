import { unknownCustomer, unknownLoan } from './state.js';
import type { CustomerState, Held, LoanState } from './state.js';

type Entries<M> = M extends Map<infer K, infer V> ? [K, V][] : M;
type Snapshot<T> = { readonly [K in keyof T]: Entries<T[K]> };
type LoanSnapshot = Snapshot<LoanState>;
type CustomerSnapshot = Omit<Snapshot<CustomerState>, 'loans' | 'held'> & {
  readonly loans: [string, LoanSnapshot][];
  readonly held: Snapshot<Held>;
};

/** The whole state as JSON text, for a snapshot row. Maps are written as arrays of entries. */
export function toSnapshot(state: CustomerState): string {
  return JSON.stringify(state, (_key, value: unknown) => (value instanceof Map ? [...value] : value));
}

/** The state a snapshot was made of. The text must come from `toSnapshot` of this version of the code. */
export function fromSnapshot(text: string): CustomerState {
  const from = JSON.parse(text) as CustomerSnapshot;
  return {
    ...unknownCustomer(from.customerId),
    version: from.version,
    registration: from.registration,
    profile: new Map(from.profile),
    assignments: [...from.assignments],
    loans: new Map(from.loans.map(([loanId, loan]) => [loanId, loanFrom(loan)])),
    adjustments: new Map(from.adjustments),
    balances: new Map(from.balances),
    complaints: new Map(from.complaints),
    surveys: new Map(from.surveys),
    lastContact: from.lastContact,
    churnReasons: new Map(from.churnReasons),
    gifts: new Map(from.gifts),
    referrals: new Map(from.referrals),
    waiting: new Map(from.waiting),
    held: {
      ...from.held,
      loans: new Map(from.held.loans),
      entries: new Map(from.held.entries),
      gifts: new Map(from.held.gifts),
      churns: new Map(from.held.churns),
      movements: new Map(from.held.movements),
      setAside: new Map(from.held.setAside),
    },
  };
}

function loanFrom(loan: LoanSnapshot): LoanState {
  return {
    ...unknownLoan(loan.loanId),
    ...loan,
    recoveries: new Map(loan.recoveries),
    overdue: new Map(loan.overdue),
    cured: new Map(loan.cured),
    repayments: new Map(loan.repayments),
    currencies: [...loan.currencies],
  };
}

/** Changes with every change of the state's form: a snapshot of another form is not read but folded anew. */
export const SNAPSHOT_FORM = 4;
