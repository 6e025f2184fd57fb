import { describe, expect, it } from '@jest/globals';
import { type ChurnModel, pAlive } from '@retention/customer';
import { expectedFurtherLoans, expectedFurtherLoansBg } from './index.js';
import type { ModelKind } from './likelihood.js';
import { type Parameters, type SimulatedCustomer, simulatedCustomers } from './simulated-customers.spec-support.js';

const AGE = 24;
const AHEAD = 12;
const CUSTOMERS = 30_000;

function modelOf(parameters: Parameters): ChurnModel {
  const fitted = { ...parameters, logLikelihood: 0 };
  const dates = { from: '2020-01-01', to: '2023-12-31', unitDays: 30 };
  return { version: 'spec', ...dates, customers: CUSTOMERS, bgNbd: fitted, mbgNbd: fitted };
}

function drawn(kind: ModelKind, parameters: Parameters): SimulatedCustomer[] {
  const ages = Array.from({ length: CUSTOMERS }, () => AGE);
  return simulatedCustomers(kind, parameters, { seed: 1, ages, ahead: AHEAD });
}

/** How many standard errors of the simulation lie between what came and what was expected. */
function errorsApart(pairs: readonly (readonly [came: number, expected: number])[]): number {
  const differences = pairs.map(([came, expected]) => came - expected);
  const mean = differences.reduce((sum, value) => sum + value, 0) / pairs.length;
  const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (pairs.length - 1);
  return Math.abs(mean) / Math.sqrt(variance / pairs.length);
}

const SETS: readonly Parameters[] = [
  { r: 0.525, alpha: 6.183, a: 0.891, b: 1.614 },
  { r: 2, alpha: 15, a: 1, b: 3 },
  { r: 1, alpha: 2, a: 3, b: 2 },
];

describe.each(SETS)('simulated customers of r $r, α $alpha, a $a, b $b', (parameters) => {
  const model = modelOf(parameters);

  it('with one loan are alive, and borrow again, as often as MBG/NBD says', () => {
    const once = drawn('mbg-nbd', parameters).filter(({ history }) => history.repeats === 0);
    expect(once.length).toBeGreaterThan(5000);
    const history = { repeats: 0, recency: 0, age: AGE };
    const [alive, expected] = [pAlive(model, history), expectedFurtherLoans(model, history, AHEAD)];
    expect(errorsApart(once.map(({ isAlive }) => [isAlive ? 1 : 0, alive]))).toBeLessThan(4);
    expect(errorsApart(once.map(({ furtherLoans }) => [furtherLoans, expected]))).toBeLessThan(4);
  });

  it('with more are alive, and borrow again, as often as BG/NBD says', () => {
    const more = drawn('bg-nbd', parameters).filter(({ history }) => history.repeats > 0);
    for (const isIn of [(x: number) => x === 1, (x: number) => x > 1 && x < 5, (x: number) => x >= 5]) {
      const some = more.filter(({ history }) => isIn(history.repeats));
      expect(some.length).toBeGreaterThan(200);
      const living = some.map(({ isAlive, history }) => [isAlive ? 1 : 0, pAlive(model, history)] as const);
      const further = some.map(
        ({ furtherLoans, history }) => [furtherLoans, expectedFurtherLoans(model, history, AHEAD)] as const,
      );
      expect(errorsApart(further)).toBeLessThan(4);
      expect(errorsApart(living)).toBeLessThan(4);
    }
  });
});

describe('the loans to expect', () => {
  const [first] = SETS;
  const parameters = { ...first!, logLikelihood: 0 };
  const history = { repeats: 2, recency: 10, age: AGE };
  const expectedWith = (a: number): number => expectedFurtherLoansBg({ ...parameters, a }, history, AHEAD);

  it('are none in no time, and more the longer the time', () => {
    const values = [0, 1e-9, 1, 10, 100].map((units) => expectedFurtherLoansBg(parameters, history, units));
    expect(values[0]).toBe(0);
    expect(values).toEqual([...values].sort((left, right) => left - right));
  });

  it('are a number where the closed form divides by zero, at a = 1', () => {
    expect(expectedWith(1)).toBeCloseTo((expectedWith(1 - 1e-4) + expectedWith(1 + 1e-4)) / 2, 7);
  });

  // The closed form evaluated with 40 digits, of a customer who is alive for certain.
  it.each([
    [{ r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 }, 0, 0, 5200, 12.148119026371],
    [{ r: 50, alpha: 2, a: 1.0001, b: 4 }, 0, 0, 300, 30.6166435866713],
    [{ r: 3, alpha: 1, a: 0.3, b: 4 }, 0, 0, 1e-4, 0.000299995814124607],
    [{ r: 0.5, alpha: 1, a: 0.001, b: 50 }, 0, 0, 3000, 1495.12886403798],
  ])(
    'are those of the closed form for %o after %d repeats at age %d over %d units',
    (set, repeats, age, units, value) => {
      const found = expectedFurtherLoansBg({ ...set, logLikelihood: 0 }, { repeats, recency: 0, age }, units);
      expect(found / value).toBeCloseTo(1, 9);
    },
  );

  it('are refused for a time ten thousand times as long as what is known', () => {
    const soon = { ...parameters, alpha: 1e-6 };
    expect(() => expectedFurtherLoansBg(soon, { repeats: 0, recency: 0, age: 0 }, 1000)).toThrow(RangeError);
  });
});
