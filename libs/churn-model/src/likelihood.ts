import type { Sample } from './sample.js';

/** How often a customer may have left until the last loan: at each repeat, or at the first loan as well. */
export type ModelKind = 'bg-nbd' | 'mbg-nbd';

/** ln r, ln α, ln a, ln b: all four are positive, and so any point is one. */
export type Point = readonly [logR: number, logAlpha: number, logA: number, logB: number];

/** A function at a point. */
export interface Slope {
  readonly value: number;
  readonly gradient: Point;
  readonly hessian: readonly [Point, Point, Point, Point];
}

/**
 * The log-likelihood with its first and second derivatives by the logarithms of the parameters. For one customer, with
 * s = x chances to have left in BG/NBD and x + 1 in MBG/NBD, it is (Fader, Hardie & Lee 2005, equation 6)
 *
 *     Γ(r+x)/Γ(r) · α^r / (α+T)^(r+x) · B(a, b+s)/B(a, b) · (1 + e^q),  e^q = a/(b+s−1) · ((α+T)/(α+t_x))^(r+x),
 *
 * e^q being the odds of having left; 0 for s = 0. Counts are whole, so the gamma functions are products, Γ(r+x)/Γ(r) =
 * r(r+1)…(r+x−1): sums over the customers with more than i repeats, with simple derivatives and nothing cancelled where r
 * or b is large. One evaluation takes time in proportion to the different histories and the most repeats of a customer.
 */
export function logLikelihood(sample: Sample, kind: ModelKind, point: Point): Slope {
  const sums = new Sums();
  addLoans(sums, sample, point);
  addStaying(sums, kind === 'bg-nbd' ? sample.customersOver : [sample.customers, ...sample.customersOver], point);
  addLeaving(sums, sample, kind, point);
  return sums.slope();
}

class Sums {
  value = 0;
  r = 0;
  alpha = 0;
  a = 0;
  b = 0;
  rr = 0;
  rAlpha = 0;
  ra = 0;
  rb = 0;
  alphaAlpha = 0;
  alphaA = 0;
  alphaB = 0;
  aa = 0;
  ab = 0;
  bb = 0;

  slope(): Slope {
    const { value, r, alpha, a, b, rr, rAlpha, ra, rb, alphaAlpha, alphaA, alphaB, aa, ab, bb } = this;
    return {
      value,
      gradient: [r, alpha, a, b],
      hessian: [
        [rr, rAlpha, ra, rb],
        [rAlpha, alphaAlpha, alphaA, alphaB],
        [ra, alphaA, aa, ab],
        [rb, alphaB, ab, bb],
      ],
    };
  }
}

/** Γ(r+x)/Γ(r) · α^r / (α+T)^(r+x) */
function addLoans(sums: Sums, { customers, groups, customersOver }: Sample, [logR, logAlpha]: Point): void {
  const [r, alpha] = [Math.exp(logR), Math.exp(logAlpha)];
  customersOver.forEach((count, i) => {
    sums.value += count * Math.log(r + i);
    sums.r += (count * r) / (r + i);
    sums.rr += (count * r * i) / (r + i) ** 2;
  });
  sums.value += customers * r * logAlpha;
  sums.r += customers * r * logAlpha;
  sums.rr += customers * r * logAlpha;
  sums.alpha += customers * r;
  sums.rAlpha += customers * r;
  for (const { repeats, age, customers: count } of groups) {
    const logEnd = Math.log(alpha + age);
    const share = alpha / (alpha + age);
    sums.value -= count * (r + repeats) * logEnd;
    sums.r -= count * r * logEnd;
    sums.rr -= count * r * logEnd;
    sums.alpha -= count * (r + repeats) * share;
    sums.rAlpha -= count * r * share;
    sums.alphaAlpha -= count * (r + repeats) * share * (1 - share);
  }
}

/** B(a, b+s)/B(a, b); at place i, the customers with more than i chances to have left. */
function addStaying(sums: Sums, customersOver: readonly number[], [, , logA, logB]: Point): void {
  const [a, b] = [Math.exp(logA), Math.exp(logB)];
  customersOver.forEach((count, i) => {
    const all = a + b + i;
    sums.value -= count * Math.log1p(a / (b + i));
    sums.a -= (count * a) / all;
    sums.aa -= (count * a * (b + i)) / all ** 2;
    sums.ab += (count * a * b) / all ** 2;
    sums.b += (count * b * a) / ((b + i) * all);
    sums.bb += count * b * (i / (b + i) ** 2 - (a + i) / all ** 2);
  });
}

/** 1 + e^q */
function addLeaving(sums: Sums, { groups }: Sample, kind: ModelKind, [logR, logAlpha, logA, logB]: Point): void {
  const [r, alpha, b] = [Math.exp(logR), Math.exp(logAlpha), Math.exp(logB)];
  for (const { repeats, recency, age, customers } of groups) {
    const chances = kind === 'bg-nbd' ? repeats : repeats + 1;
    if (chances === 0) continue;
    const shape = r + repeats;
    const growth = Math.log1p((age - recency) / (alpha + recency));
    const q = shape * growth + logA - Math.log(b + chances - 1);

    const shareOfEnd = alpha / (alpha + age);
    const shareOfLast = alpha / (alpha + recency);
    const byR = r * growth;
    const perShape = shareOfEnd - shareOfLast;
    const byAlpha = shape * perShape;
    const byB = -b / (b + chances - 1);

    const left = customers / (1 + Math.exp(-q));
    const spread = left / (1 + Math.exp(q));
    sums.value += customers * (q > 0 ? q + Math.log1p(Math.exp(-q)) : Math.log1p(Math.exp(q)));
    sums.r += left * byR;
    sums.alpha += left * byAlpha;
    sums.a += left;
    sums.b += left * byB;
    sums.rr += spread * byR ** 2 + left * byR;
    sums.rAlpha += spread * byR * byAlpha + left * r * perShape;
    sums.ra += spread * byR;
    sums.rb += spread * byR * byB;
    const alphaAgain = shareOfEnd * (1 - shareOfEnd) - shareOfLast * (1 - shareOfLast);
    sums.alphaAlpha += spread * byAlpha ** 2 + left * shape * alphaAgain;
    sums.alphaA += spread * byAlpha;
    sums.alphaB += spread * byAlpha * byB;
    sums.aa += spread;
    sums.ab += spread * byB;
    sums.bb += spread * byB ** 2 + left * byB * (1 + byB);
  }
}
