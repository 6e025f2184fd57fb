/**
 * Runs the work and keeps the membership in the group alive meanwhile: kafkajs sends no heartbeat while a handler runs.
 * A heartbeat that fails is not an error of the work; kafkajs asks again after the handler and then joins anew.
 */
export async function whileBeating<T>(
  everyMs: number,
  heartbeat: () => Promise<void>,
  work: () => Promise<T>,
): Promise<T> {
  const timer = setInterval(() => {
    heartbeat().catch(() => undefined);
  }, everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
