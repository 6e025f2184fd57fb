/** The longest of some times; 0 where there is none. */
export function longest(seconds: Iterable<number>): number {
  let most = 0;
  for (const one of seconds) most = Math.max(most, one);
  return most;
}
