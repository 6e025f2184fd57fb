/** A test by the file it stands in and its full title, as Jest shows it. */
export interface Proof {
  readonly file: string;
  readonly test: string;
}

/** One thing that can go wrong, and how it is known what becomes of it. A number with several parts has a line for each. */
export interface FaultCase {
  readonly number: number;
  readonly what: string;
  /** What the product does about it. */
  readonly does: string;
  readonly provenBy?: readonly Proof[];
  /** Why it cannot happen to this product, as it is now. */
  readonly cannotOccur?: string;
  /** What is not proven, or not done, and why. */
  readonly open?: string;
}

export interface FaultGroup {
  readonly title: string;
  readonly cases: readonly FaultCase[];
}

/** The tests of one file with these titles, all under the same block where one is given. */
export function testsOf(file: string, block: string, ...titles: readonly string[]): Proof[] {
  return titles.map((title) => ({ file, test: block === '' ? title : `${block} ${title}` }));
}
