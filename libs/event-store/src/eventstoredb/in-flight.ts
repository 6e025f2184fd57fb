/**
 * Runs `work` over all items, at most `bound` at a time. After a failure nothing more is begun; it ends when all that was
 * begun has ended, with the first failure.
 */
export async function inFlight<T>(items: readonly T[], bound: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const failures: unknown[] = [];
  const lane = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const item = items[next] as T;
      next += 1;
      await work(item).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(bound, items.length) }, lane));
  if (failures.length > 0) throw failures[0];
}
