import type { BusinessDay, ChurnModel, LoanHistory, ModelParameters } from '@retention/customer';
import { ChurnModelError } from './churn-model-error.js';
import { logLikelihood, type ModelKind, type Point } from './likelihood.js';
import { maximise } from './maximise.js';
import { type Sample, sampleOf } from './sample.js';

export interface Fitting {
  /** One for each customer with a loan, in units of `unitDays` days, as `historyOf` gives them. */
  readonly histories: readonly LoanHistory[];
  /** The days the disbursals are from, both included. */
  readonly from: BusinessDay;
  readonly to: BusinessDay;
  readonly unitDays: number;
  readonly version: string;
}

/**
 * Beyond 1e4 or under 1e-4, times in units of the mean age, a parameter has lost its meaning: with r = 1e4 all customers
 * borrow at the same rate to within 1 %.
 */
const LOG_BOUND = Math.log(1e4);

/** Steady and mixed borrowers, leaving soon or late. */
const STARTS = [
  { r: 0.5, a: 1, b: 2 },
  { r: 0.5, a: 0.3, b: 4 },
  { r: 3, a: 1, b: 2 },
  { r: 3, a: 0.3, b: 4 },
] as const;

const PARAMETER_NAMES = ['r', 'α', 'a', 'b'] as const;

/**
 * Fits BG/NBD and MBG/NBD by maximum likelihood. The fit does not depend on the unit of time, nor on the order of the
 * histories but for rounding. Some forty evaluations of the likelihood for each model: see `logLikelihood` for the time
 * one takes. Throws ChurnModelError when the histories do not hold a fit.
 */
export function fitChurnModel({ histories, from, to, unitDays, version }: Fitting): ChurnModel {
  const sample = sampleOf(histories);
  return {
    version,
    from,
    to,
    customers: sample.customers,
    unitDays,
    bgNbd: fit(sample, 'bg-nbd'),
    mbgNbd: fit(sample, 'mbg-nbd'),
  };
}

function fit(sample: Sample, kind: ModelKind): ModelParameters {
  const slopeAt = (point: Point) => logLikelihood(sample, kind, point);
  const rate = sample.repeats / sample.customers;
  const [first, ...others] = STARTS.map(({ r, a, b }) => {
    const start: Point = [Math.log(r), Math.log(r / rate), Math.log(a), Math.log(b)];
    return maximise(slopeAt, start, LOG_BOUND);
  });
  if (first === undefined) throw new RangeError('A fit needs a start.');
  const { outcome, point, value } = others.reduce((best, next) => (next.value > best.value ? next : best), first);
  if (outcome !== 'maximum') throw noFit(kind, outcome, point);
  const [r, alpha, a, b] = point.map(Math.exp) as unknown as Point;
  // The density of a history has the unit time^-x, and so it changes with the unit.
  const logLikelihoodInUnits = value - sample.repeats * Math.log(sample.meanAge);
  return { r, alpha: alpha * sample.meanAge, a, b, logLikelihood: logLikelihoodInUnits };
}

function noFit(kind: ModelKind, outcome: 'at-bound' | 'stuck', point: Point): ChurnModelError {
  const model = kind === 'bg-nbd' ? 'BG/NBD' : 'MBG/NBD';
  if (outcome === 'stuck') return new ChurnModelError('not-converged', `The fit of ${model} found no maximum.`);
  const sizes = point.map(Math.abs);
  const furthest = sizes.indexOf(Math.max(...sizes));
  const where = (point[furthest] ?? 0) > 0 ? 'infinity' : '0';
  const reached = point.map((log, index) => `${PARAMETER_NAMES[index] ?? ''} = ${Math.exp(log).toPrecision(3)}`);
  const message =
    `The histories fit ${model} ever better the nearer ${PARAMETER_NAMES[furthest] ?? ''} is to ${where}; ` +
    `given up at ${reached.join(', ')}, times in units of the mean age.`;
  return new ChurnModelError('parameter-at-bound', message);
}
