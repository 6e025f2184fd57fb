import { anyDesk, type Desk } from './branches.js';
import { type DayNumber, dayText, digits } from './business-time.js';
import type { Lender } from './parameters.js';
import { Random, StreamPurpose, type Weighted } from './random.js';

/** How many loans a customer would take in the end: most a few, a few very many. */
const LOANS_WANTED: readonly Weighted<readonly [least: number, most: number]>[] = [
  { weight: 0.36, value: [1, 1] },
  { weight: 0.22, value: [2, 2] },
  { weight: 0.14, value: [3, 3] },
  { weight: 0.09, value: [4, 4] },
  { weight: 0.12, value: [5, 8] },
  { weight: 0.05, value: [9, 15] },
  { weight: 0.02, value: [16, 30] },
];

/** How the rate of trouble of a customer compares with the lender's. The mean is 1, so the parameters mean what they say. */
const TEMPERS: readonly Weighted<number>[] = [
  { weight: 0.8, value: 0.3 },
  { weight: 0.15, value: 2.6 },
  { weight: 0.05, value: 7.4 },
];

export type Habit = 'revolving' | 'regular' | 'occasional';

/** What stays the same about a customer, and what a history changes as it goes on. */
export interface Borrower {
  readonly index: number;
  readonly customerId: string;
  readonly kind: 'personal' | 'corporate';
  readonly registeredOn: DayNumber;
  readonly habit: Habit;
  readonly loansWanted: number;
  readonly temper: number;
  desk: Desk;
  /** Applications so far: the number in the next loan's id. */
  applications: number;
  /** Principal of the last loan in fen; 0 before the first. */
  lastPrincipal: number;
}

export function customerIdOf(index: number): string {
  return `C${digits(index + 1, 7)}`;
}

/**
 * The day a customer registers, without the rest of the history: the calendar and the choice of a referrer ask for it.
 * The last twentieth of the time is left without newcomers, so that nearly all are seen to do something.
 */
export function registrationDay(lender: Lender, index: number): DayNumber {
  const random = new Random(lender.seed, index, StreamPurpose.registration);

  const days = lender.lastDay - lender.firstDay + 1;
  return lender.firstDay + Math.floor(days * 0.95 * random.fraction());
}

export function newBorrower(lender: Lender, index: number, random: Random): Borrower {
  const [least, most] = random.weighted(LOANS_WANTED);
  const loansWanted = random.whole(least, most);
  return {
    index,
    customerId: customerIdOf(index),
    kind: random.chance(lender.corporateRate) ? 'corporate' : 'personal',
    registeredOn: registrationDay(lender, index),
    habit: loansWanted > 8 ? 'revolving' : loansWanted > 3 ? 'regular' : 'occasional',
    loansWanted,
    temper: random.weighted(TEMPERS),
    desk: anyDesk(lender, random),
    applications: 0,
    lastPrincipal: 0,
  };
}

/** The data of `customer.registered`. */
export function registration(lender: Lender, borrower: Borrower, random: Random): Readonly<Record<string, unknown>> {
  const referrerId = random.chance(lender.referredRate) ? referrerOf(lender, borrower, random) : undefined;
  const personal = borrower.kind === 'personal';
  return {
    customerId: borrower.customerId,
    kind: borrower.kind,
    registeredOn: dayText(borrower.registeredOn),
    name: personal ? personName(random) : companyName(random),
    ...(personal ? { birthDate: dayText(borrower.registeredOn - random.whole(20 * 366, 65 * 365)) } : {}),
    phone: phoneNumber(random),
    region: borrower.desk.region,
    industry: random.pick(INDUSTRIES),
    branchId: borrower.desk.branchId,
    officerId: borrower.desk.officerId,
    channel: referrerId === undefined ? (random.chance(0.6) ? 'partner-branch' : 'walk-in') : 'referral',
    ...(referrerId === undefined ? {} : { referrerId }),
  };
}

/**
 * Chosen among the customers with a lower number, so that a larger number of customers leaves the choice alone. The square
 * makes a few of them refer many, as they do.
 */
function referrerOf(lender: Lender, borrower: Borrower, random: Random): string {
  const unknown = `N${digits(random.whole(0, 999_999), 7)}`;
  if (random.chance(lender.referrerUnknownRate)) return unknown;
  const later = random.chance(lender.referrerLaterRate);
  for (let attempt = 0; attempt < 16; attempt += 1) {
    const index = Math.floor(random.fraction() * random.fraction() * borrower.index);
    if (index === borrower.index) break;
    if (registrationDay(lender, index) > borrower.registeredOn === later) return customerIdOf(index);
  }
  return unknown;
}

export const INDUSTRIES = ['retail', 'catering', 'transport', 'manufacturing', 'farming', 'services'] as const;

const SURNAMES = Array.from('王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗');
const GIVEN = Array.from('伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰飞鑫波斌宇');
const PLACES = ['东方', '长江', '泰山', '华南', '天元', '金桥', '新城', '海川', '四季', '永昌'];
const TRADES = ['商贸', '食品', '物流', '机械', '农业', '服饰', '建材', '科技'];

function personName(random: Random): string {
  return random.pick(SURNAMES) + random.pick(GIVEN) + (random.chance(0.7) ? random.pick(GIVEN) : '');
}

function companyName(random: Random): string {
  return `${random.pick(PLACES)}${random.pick(GIVEN)}${random.pick(TRADES)}有限公司`;
}

/** No mobile number starts with 100, so none of these can be somebody's. */
export function phoneNumber(random: Random): string {
  return `100${digits(random.whole(0, 99_999_999), 8)}`;
}
