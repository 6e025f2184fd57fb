import { type ChurnModel, type LoanHistory, type ModelParameters, pAlive, pAliveBg } from '@retention/customer';

/** The sum stops when what is left of it is at most this part of it. */
const REST_MAX = 1e-10;
/** The terms grow with the time ahead in units of α + T, some thirty for each: this is ten thousand of them. */
const TERMS_MAX = 1_000_000;

/**
 * The loans to expect from a customer over so many units from the day of the history on, given the history: BG/NBD with a
 * repeat loan, MBG/NBD without.
 */
export function expectedFurtherLoans(model: ChurnModel, history: LoanHistory, overUnits: number): number {
  if (history.repeats > 0) return expectedFurtherLoansBg(model.bgNbd, history, overUnits);
  // Who is alive has stayed once more than in BG/NBD, at the first loan.
  const staying = { ...model.mbgNbd, b: model.mbgNbd.b + 1 };
  return pAlive(model, history) * expectedOfTheLiving(staying, history, overUnits);
}

/** As `expectedFurtherLoans`, of BG/NBD for any customer. */
export function expectedFurtherLoansBg(parameters: ModelParameters, history: LoanHistory, overUnits: number): number {
  return pAliveBg(parameters, history) * expectedOfTheLiving(parameters, history, overUnits);
}

/**
 * The loans of a customer who is alive at T: the rate is then Gamma(r+x, α+T), the chance p to leave at a loan
 * Beta(a, b+x). Were nobody to leave, the number K of loans over t would be negative binomial with shape r+x and
 * z = t/(α+T+t); the j-th is made by those who stayed at the j−1 before. So
 *
 *     E[Y(t)] = Σ_{j≥1} P(K ≥ j) · E[(1−p)^(j−1)].
 *
 * This is the 2F1 of the published closed form (Fader, Hardie & Lee 2005, equation 10; Batislam, Denizel & Filiztekin
 * 2007) term by term, with nothing subtracted: the closed form divides 0 by 0 at a = 1. What is left after j terms is at
 * most E[(1−p)^j] · (E[K] − the P(K ≥ i) up to there), and that ends the sum.
 */
function expectedOfTheLiving(
  { r, alpha, a, b }: ModelParameters,
  { repeats, age }: LoanHistory,
  overUnits: number,
): number {
  const shape = r + repeats;
  const logNone = -shape * Math.log1p(overUnits / (alpha + age));
  const z = overUnits / (alpha + age + overUnits);
  let logExactly = logNone;
  let atLeast = -Math.expm1(logNone);
  let rest = (shape * overUnits) / (alpha + age);
  let staying = 1;
  let sum = 0;
  for (let j = 1; j <= TERMS_MAX; j += 1) {
    sum += atLeast * staying;
    rest -= atLeast;
    staying *= (b + repeats + j - 1) / (a + b + repeats + j - 1);
    if (rest * staying <= REST_MAX * sum) return sum;
    logExactly += Math.log(((shape + j - 1) / j) * z);
    atLeast = Math.max(0, atLeast - Math.exp(logExactly));
  }
  throw new RangeError(`${overUnits} units are too far ahead for what a history of ${age} units tells.`);
}
