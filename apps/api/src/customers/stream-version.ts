/** Versions are integers of the database. */
const VERSION_MAX = 2 ** 31 - 1;

/** Whether a cursor's place can be the version of an event. */
export function isVersion(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= VERSION_MAX;
}
