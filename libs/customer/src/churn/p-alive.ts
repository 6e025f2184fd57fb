import type { ChurnModel, ModelParameters } from '../policy/policy.js';

/** The disbursals of a customer as the models see them. Times are in units of the model's `unitDays`. */
export interface LoanHistory {
  /** x: days with a disbursal after the first one. */
  readonly repeats: number;
  /** t_x: from the first to the last disbursal; 0 without a repeat. */
  readonly recency: number;
  /** T: from the first disbursal to the day that is asked about; not less than `recency`. */
  readonly age: number;
}

/** What a model makes of x and t_x: how the odds of having left grow with the age. */
interface Leaving {
  readonly alpha: number;
  /** r + x. */
  readonly shape: number;
  /** The logarithm of the odds of having left right after the last loan. */
  readonly logOddsAtOnce: number;
}

/**
 * The probability that the customer is still one: BG/NBD with a repeat loan, MBG/NBD without.
 *
 * In BG/NBD (Fader, Hardie & Lee 2005, Marketing Science 24(2)) a customer leaves only after a repeat, so whoever has none
 * is alive for certain, however long ago the loan was. In MBG/NBD (Batislam, Denizel & Filiztekin 2007, IJRM 24(3);
 * Hoppe & Wagner 2007, Marketing JRM 3) the first loan may have been the last.
 */
export function pAlive(model: ChurnModel, history: LoanHistory): number {
  return aliveAt(leavingOf(model, history), history);
}

/** P(alive) of BG/NBD for any customer; 1 without a repeat. */
export function pAliveBg(parameters: ModelParameters, history: LoanHistory): number {
  return history.repeats === 0 ? 1 : aliveAt(leavingBg(parameters, history.repeats), history);
}

/**
 * The age above which P(alive) is under so many percent if no further loan comes; the recency when it is from the last
 * loan on, Infinity when it never is. P(alive) falls with the age, so this is its formula solved for T.
 */
export function ageBelow(
  model: ChurnModel,
  { repeats, recency }: Pick<LoanHistory, 'repeats' | 'recency'>,
  percent: number,
): number {
  if (percent <= 0) return Infinity;
  if (percent >= 100) return recency;
  const { alpha, shape, logOddsAtOnce } = leavingOf(model, { repeats });
  const growth = (Math.log((100 - percent) / percent) - logOddsAtOnce) / shape;
  return growth <= 0 ? recency : recency + (alpha + recency) * Math.expm1(growth);
}

function aliveAt({ alpha, shape, logOddsAtOnce }: Leaving, { recency, age }: LoanHistory): number {
  // The power overflows where P(alive) has long been 0; its logarithm does not.
  const logOdds = logOddsAtOnce + shape * Math.log1p((age - recency) / (alpha + recency));
  return 1 / (1 + Math.exp(logOdds));
}

function leavingOf({ bgNbd, mbgNbd }: ChurnModel, { repeats }: Pick<LoanHistory, 'repeats'>): Leaving {
  return repeats === 0 ? leavingMbg(mbgNbd, repeats) : leavingBg(bgNbd, repeats);
}

/** One chance to leave at each repeat; the last of them is the one that may have been taken. */
function leavingBg({ r, alpha, a, b }: ModelParameters, repeats: number): Leaving {
  return { alpha, shape: r + repeats, logOddsAtOnce: Math.log(a / (b + repeats - 1)) };
}

/** As in BG/NBD, with one chance more at the first loan. */
function leavingMbg({ r, alpha, a, b }: ModelParameters, repeats: number): Leaving {
  return { alpha, shape: r + repeats, logOddsAtOnce: Math.log(a / (b + repeats)) };
}
