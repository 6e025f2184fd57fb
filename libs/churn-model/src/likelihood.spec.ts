import { describe, expect, it } from '@jest/globals';
import { logLikelihood, type ModelKind, type Point } from './likelihood.js';
import { sampleOf } from './sample.js';
import { mulberry32, simulatedCustomers } from './simulated-customers.spec-support.js';

const fraction = mulberry32(5);
const AGES = Array.from({ length: 200 }, () => 20 * fraction());
const HISTORIES = simulatedCustomers('mbg-nbd', { r: 0.6, alpha: 2, a: 0.8, b: 2 }, { seed: 3, ages: AGES, ahead: 0 });
const SAMPLE = sampleOf(HISTORIES.map(({ history }) => history));
const POINTS: readonly Point[] = [
  [-0.5, 0.7, -0.2, 0.7],
  [1, -2, 2, -1],
  [4, 5, -4, 6],
];
const STEP = 1e-5;

function moved(point: Point, coordinate: number, by: number): Point {
  return point.map((value, index) => (index === coordinate ? value + by : value)) as unknown as Point;
}

describe.each<ModelKind>(['bg-nbd', 'mbg-nbd'])('the likelihood of %s', (kind) => {
  it.each(POINTS)('has the derivatives that differences give at %d, %d, %d, %d', (...point) => {
    const { gradient, hessian } = logLikelihood(SAMPLE, kind, point);
    for (const row of [0, 1, 2, 3] as const) {
      const above = logLikelihood(SAMPLE, kind, moved(point, row, STEP));
      const below = logLikelihood(SAMPLE, kind, moved(point, row, -STEP));
      const scale = 1 + Math.abs(above.value);
      expect(Math.abs((above.value - below.value) / (2 * STEP) - gradient[row]) / scale).toBeLessThan(1e-7);
      for (const column of [0, 1, 2, 3] as const) {
        const difference = (above.gradient[column] - below.gradient[column]) / (2 * STEP);
        expect(Math.abs(difference - hessian[row][column]) / scale).toBeLessThan(1e-7);
      }
    }
  });

  it('is the same whether equal histories are counted together or not', () => {
    const histories = HISTORIES.map(({ history }) => history);
    const once = logLikelihood(SAMPLE, kind, POINTS[0]!).value;
    const twice = logLikelihood(sampleOf([...histories, ...histories]), kind, POINTS[0]!).value;
    expect(twice / once).toBeCloseTo(2, 12);
    expect(sampleOf([...histories, ...histories]).groups).toHaveLength(SAMPLE.groups.length);
  });
});
