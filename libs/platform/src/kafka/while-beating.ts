/**
 * Runs the work and keeps the membership in the group alive meanwhile: kafkajs sends no heartbeat while a handler runs.
 * A heartbeat that fails is not an error of the work; kafkajs asks again after the handler and then joins anew. The work
 * can ask whether all went well so far: others wait for this member to come to an end when the group is shared out anew.
 */
export async function whileBeating<T>(
  everyMs: number,
  heartbeat: () => Promise<void>,
  work: (isMember: () => boolean) => Promise<T>,
): Promise<T> {
  let isMember = true;
  const timer = setInterval(() => {
    heartbeat().catch(() => {
      isMember = false;
    });
  }, everyMs);
  try {
    return await work(() => isMember);
  } finally {
    clearInterval(timer);
  }
}
