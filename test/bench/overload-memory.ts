import { median } from './machine.js';

/** One second of a run. */
export interface Second {
  readonly at: number;
  /** Messages taken since the start. */
  readonly taken: number;
  readonly waiting: number;
  readonly rssMegabytes: number;
  readonly heapMegabytes: number;
}

export interface MemoryFigures {
  /** Medians over the first and the last quarter of the seconds after warm-up. */
  readonly firstQuarter: { readonly rss: number; readonly heap: number };
  readonly lastQuarter: { readonly rss: number; readonly heap: number };
  readonly maximumRss: number;
  /** Least squares over the seconds after warm-up. */
  readonly rssPerMillionMessages: number;
}

/** The cache of customers fills, the young heap grows to its size: what comes before is no growth. */
const WARM_UP_SHARE = 0.4;

export function memoryFigures(seconds: readonly Second[]): MemoryFigures {
  const warm = seconds.slice(Math.floor(seconds.length * WARM_UP_SHARE));
  const quarter = Math.max(1, Math.floor(warm.length / 4));
  const of = (part: readonly Second[]): { rss: number; heap: number } => ({
    rss: median(part.map(({ rssMegabytes }) => rssMegabytes)),
    heap: median(part.map(({ heapMegabytes }) => heapMegabytes)),
  });
  const firstQuarter = of(warm.slice(0, quarter));
  const lastQuarter = of(warm.slice(-quarter));
  return {
    firstQuarter,
    lastQuarter,
    maximumRss: Math.max(...seconds.map(({ rssMegabytes }) => rssMegabytes)),
    rssPerMillionMessages: slope(warm.map(({ taken, rssMegabytes }) => [taken / 1e6, rssMegabytes] as const)),
  };
}

/** Median of the resident megabytes while from so many to so many messages had been taken. */
export function rssWhileTaking(seconds: readonly Second[], from: number, to: number): number {
  const then = seconds.filter(({ taken }) => taken >= from && taken <= to);
  return median(then.map(({ rssMegabytes }) => rssMegabytes));
}

function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (axis: 0 | 1): number => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const spread = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  return points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0) / spread;
}
