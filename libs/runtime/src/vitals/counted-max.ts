/**
 * Up to so many rows are counted for a scrape, the newest or the first by an index. Whoever has more has the same thing to
 * do, and counting a table that grows without a bound would cost more with every scrape.
 */
export const COUNTED_MAX = 10_000;
