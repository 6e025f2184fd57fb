import type { LoanHistory } from '@retention/customer';
import type { ModelKind } from './likelihood.js';

export interface Parameters {
  readonly r: number;
  readonly alpha: number;
  readonly a: number;
  readonly b: number;
}

export interface SimulatedCustomer {
  readonly history: LoanHistory;
  readonly isAlive: boolean;
  /** Loans within `ahead` after the end of the history. */
  readonly furtherLoans: number;
}

/** Customers whose loans come as a model says: the same for the same seed. */
export function simulatedCustomers(
  kind: ModelKind,
  { r, alpha, a, b }: Parameters,
  { seed, ages, ahead }: { seed: number; ages: readonly number[]; ahead: number },
): SimulatedCustomer[] {
  const fraction = mulberry32(seed);
  return ages.map((age) => {
    const rate = gamma(fraction, r) / alpha;
    const [one, other] = [gamma(fraction, a), gamma(fraction, b)];
    const leaves = (): boolean => fraction() < one / (one + other);
    let isAlive = kind === 'bg-nbd' || !leaves();
    let [repeats, recency, furtherLoans, leftAt] = [0, 0, 0, isAlive ? Infinity : 0];
    for (let at = 0; isAlive;) {
      at -= Math.log(1 - fraction()) / rate;
      if (at > age + ahead) break;
      if (at > age) furtherLoans += 1;
      else [repeats, recency] = [repeats + 1, at];
      if (leaves()) [isAlive, leftAt] = [false, at];
    }
    return { history: { repeats, recency, age }, isAlive: leftAt > age, furtherLoans };
  });
}

/** Mulberry32 (T. Ettinger): at least 0, below 1. */
export function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** G. Marsaglia & W. W. Tsang, A Simple Method for Generating Gamma Variables (2000). */
function gamma(fraction: () => number, shape: number): number {
  if (shape < 1) return gamma(fraction, shape + 1) * (1 - fraction()) ** (1 / shape);
  const d = shape - 1 / 3;
  for (;;) {
    const normal = Math.sqrt(-2 * Math.log(1 - fraction())) * Math.cos(2 * Math.PI * fraction());
    const v = (1 + normal / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - fraction()) < normal ** 2 / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}
