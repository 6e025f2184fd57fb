import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Point, Slope } from './likelihood.js';

export interface Maximum {
  /**
   * `maximum`: no step is worth taking and every way leads down. `at-bound`: a coordinate ran beyond the bound on the way
   * up. `stuck`: neither within STEPS_MAX steps, or no step leads up.
   */
  readonly outcome: 'maximum' | 'at-bound' | 'stuck';
  readonly point: Point;
  readonly value: number;
}

/** What a Newton step may still gain at a maximum. A gain of 1e-8 is 1.4e-4 standard errors of the parameters away. */
const GAIN_MIN = 1e-8;
/** Newton takes about ten from a reasonable start; a parameter on its way to infinity moves by STEP_MAX each. */
const STEPS_MAX = 200;
/** Parameters change by a factor of e² at most in one step: beyond that the parabola says nothing. */
const STEP_MAX = 2;
const HALVINGS_MAX = 40;
/** A sum over a million customers is good to so much of its value; less is no loss. */
const ROUNDING = 1e-12;
/** Against a division by 0 along a way that is flat; STEP_MAX bounds what comes of it. */
const CURVATURE_MIN = 1e-10;

/**
 * Climbs by Newton's method in the eigenvectors of the second derivatives: each direction is divided by the size of its
 * curvature, so that a saddle is left instead of found (Nocedal & Wright, Numerical Optimization, 2nd ed., 3.4).
 * `logBound` is the largest size of a coordinate.
 */
export function maximise(slopeAt: (point: Point) => Slope, start: Point, logBound: number): Maximum {
  let point = start;
  let slope = slopeAt(point);
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const { direction, gain, isPeak } = newtonStep(slope);
    const { value } = slope;
    if (gain < GAIN_MIN) return { outcome: isPeak ? 'maximum' : 'stuck', point, value };
    const next = climb(slopeAt, point, value, direction);
    if (next === null) return { outcome: 'stuck', point, value };
    ({ point, slope } = next);
    if (point.some((coordinate) => Math.abs(coordinate) > logBound)) {
      return { outcome: 'at-bound', point, value: slope.value };
    }
  }
  return { outcome: 'stuck', point, value: slope.value };
}

/** The step to the top of the parabola that fits here, how much it gains, and whether the parabola has a top. */
function newtonStep({ gradient, hessian }: Slope): { direction: Point; gain: number; isPeak: boolean } {
  const matrix = new Matrix(hessian.map((row) => [...row]));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const slopes = eigenvectorMatrix.transpose().mmul(Matrix.columnVector([...gradient]));
  const curvatures = realEigenvalues.map((value) => Math.max(Math.abs(value), CURVATURE_MIN));
  const steps = slopes.clone().divColumnVector(curvatures);
  const direction = eigenvectorMatrix.mmul(steps).to1DArray() as unknown as Point;
  return { direction, gain: slopes.dot(steps) / 2, isPeak: realEigenvalues.every((value) => value < 0) };
}

/** The first point that is not lower, going the whole step, then half of it, and so on; null when none is. */
function climb(
  slopeAt: (point: Point) => Slope,
  [r, alpha, a, b]: Point,
  value: number,
  direction: Point,
): { point: Point; slope: Slope } | null {
  let length = Math.min(1, STEP_MAX / Math.max(...direction.map(Math.abs)));
  for (let halving = 0; halving < HALVINGS_MAX; halving += 1) {
    const [byR, byAlpha, byA, byB] = direction;
    const point: Point = [r + length * byR, alpha + length * byAlpha, a + length * byA, b + length * byB];
    const slope = slopeAt(point);
    if (slope.value >= value - ROUNDING * Math.abs(value)) return { point, slope };
    length /= 2;
  }
  return null;
}
