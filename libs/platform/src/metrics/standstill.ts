/** One thing that has something left to do, and how far it is. */
export interface Standing {
  readonly key: string;
  /** Anything that changes when there was progress. */
  readonly position: string | number | bigint;
}

/**
 * How long things that have something left to do have made no progress. A lag is measured against a mark, and says
 * nothing when the mark does not move either, or when what it is measured with is what is broken; this needs the
 * position alone.
 */
export class Standstill {
  private seen = new Map<string, { readonly position: Standing['position']; readonly at: number }>();

  /** `now`: milliseconds of a clock that nobody sets. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /**
   * Seconds since each was first seen at its position. To be given everything that has something left to do, and nothing
   * else: what is done with its work is forgotten.
   */
  look(standings: readonly Standing[]): Map<string, number> {
    const now = this.now();
    const seen = new Map(
      standings.map(({ key, position }) => {
        const before = this.seen.get(key);
        return [key, before?.position === position ? before : { position, at: now }] as const;
      }),
    );
    this.seen = seen;
    return new Map([...seen].map(([key, { at }]) => [key, (now - at) / 1000]));
  }
}
