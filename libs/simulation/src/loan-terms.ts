import type { Borrower, Habit } from './borrower.js';
import { type DayNumber, dayText, monthsAfter } from './business-time.js';
import { amountText, type Fen, FEN_A_YUAN, interestOf } from './money.js';
import type { Random, Weighted } from './random.js';

type Product = 'micro' | 'business' | 'housing';

interface ProductSheet {
  /** Yuan, in thousands, at a first loan. The means are near 70,000, 150,000 and 800,000. */
  readonly thousands: readonly [least: number, most: number];
  /** Basis points a year. */
  readonly rates: readonly number[];
  /** Interest with every instalment, the principal with the last; otherwise equal parts of the principal. */
  readonly interestFirst: boolean;
}

const PRODUCTS: Readonly<Record<Product, ProductSheet>> = {
  micro: { thousands: [10, 130], rates: [885, 985, 985, 985, 1085, 1285], interestFirst: false },
  business: { thousands: [40, 260], rates: [735, 835, 885, 985], interestFirst: true },
  housing: { thousands: [200, 1400], rates: [465, 515, 565, 625], interestFirst: false },
};

/** Instalments, and months from one to the next. */
type Rhythm = readonly [instalments: number, months: number];

const RHYTHMS: Readonly<Record<Habit, readonly Weighted<Rhythm>[]>> = {
  revolving: [
    { weight: 0.7, value: [1, 1] },
    { weight: 0.3, value: [2, 1] },
  ],
  regular: [
    { weight: 0.4, value: [1, 3] },
    { weight: 0.4, value: [3, 1] },
    { weight: 0.2, value: [2, 3] },
  ],
  occasional: [
    { weight: 0.2, value: [1, 6] },
    { weight: 0.3, value: [3, 1] },
    { weight: 0.3, value: [4, 3] },
    { weight: 0.2, value: [6, 1] },
  ],
};
const HOUSING_RHYTHM: Rhythm = [8, 3];

export interface PlannedInstalment {
  readonly no: number;
  readonly dueOn: DayNumber;
  readonly principal: Fen;
  readonly interest: Fen;
}

/** What a customer asks for. */
export interface LoanRequest {
  readonly loanId: string;
  readonly product: Product;
  readonly principal: Fen;
  readonly basisPoints: number;
  readonly rhythm: Rhythm;
}

/** What was asked for, and when it falls due. `plan` has at least one instalment. */
export interface LoanTerms extends LoanRequest {
  readonly disbursedOn: DayNumber;
  readonly plan: readonly PlannedInstalment[];
}

export function loanRequest(borrower: Borrower, random: Random): LoanRequest {
  const product = productOf(borrower, random);
  const sheet = PRODUCTS[product];
  const [least, most] = sheet.thousands;
  const growth = random.whole(40, 150);
  const first = random.whole(least, most) * 1000 * (borrower.kind === 'corporate' ? 4 : 1);
  const yuan = borrower.lastPrincipal === 0 ? first : (borrower.lastPrincipal / FEN_A_YUAN / 100) * growth;
  const bounded = Math.min(Math.max(yuan, least * 500), most * 10_000);
  return {
    loanId: `L${borrower.customerId.slice(1)}-${String(borrower.applications + 1).padStart(2, '0')}`,
    product,
    principal: Math.round(bounded / 1000) * 1000 * FEN_A_YUAN,
    basisPoints: random.pick(sheet.rates),
    rhythm: product === 'housing' ? HOUSING_RHYTHM : random.weighted(RHYTHMS[borrower.habit]),
  };
}

function productOf(borrower: Borrower, random: Random): Product {
  const housing = random.chance(0.05) && borrower.habit === 'occasional';
  const business = random.chance(borrower.kind === 'corporate' ? 1 : 0.13);
  return housing ? 'housing' : business ? 'business' : 'micro';
}

export function loanTerms(request: LoanRequest, disbursedOn: DayNumber): LoanTerms {
  const [instalments, months] = request.rhythm;
  const { interestFirst } = PRODUCTS[request.product];
  const part = interestFirst ? 0 : Math.floor(request.principal / instalments);
  const plan: PlannedInstalment[] = [];
  let outstanding = request.principal;
  let from = disbursedOn;
  for (let no = 1; no <= instalments; no += 1) {
    const dueOn = monthsAfter(disbursedOn, no * months);
    const principal = no === instalments ? outstanding : part;
    plan.push({ no, dueOn, principal, interest: interestOf(outstanding, request.basisPoints, dueOn - from) });
    outstanding -= principal;
    from = dueOn;
  }
  return { ...request, disbursedOn, plan };
}

/** The same instalments, those after the first `kept` due a month later. */
export function postponed(terms: LoanTerms, kept: number): LoanTerms {
  const plan = terms.plan.map((item) => (item.no <= kept ? item : { ...item, dueOn: monthsAfter(item.dueOn, 1) }));
  return { ...terms, plan };
}

export function maturityOf(terms: LoanTerms): DayNumber {
  return terms.plan.at(-1)?.dueOn ?? terms.disbursedOn;
}

export function amountOf(item: PlannedInstalment): Fen {
  return item.principal + item.interest;
}

export function totalDueOf(terms: LoanTerms): Fen {
  return terms.plan.reduce((sum, item) => sum + amountOf(item), 0);
}

/** The schedule as the contract writes it. */
export function scheduleOf(terms: LoanTerms): { no: number; dueOn: string; amount: string }[] {
  return terms.plan.map((item) => ({ no: item.no, dueOn: dayText(item.dueOn), amount: amountText(amountOf(item)) }));
}
