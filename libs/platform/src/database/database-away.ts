const NETWORK_CODES = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['ENOTFOUND', 'EAI_AGAIN', 'ENOENT'],
]);
/**
 * SQLSTATE: connection exceptions, refused logins, no such database, a replica; no disk, memory or connection left, a
 * statement that took too long or met a lock; a server going down.
 */
const AWAY_STATES = /^(08...|25006|28...|3D000|53...|55P03|57014|57P0[1-5]|58030)$/;
/** pg gives these no code. The last is what TypeORM says of a connection that broke between two statements. */
const AWAY_MESSAGES =
  /^(timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection|Query runner already released)/;
const CAUSES_MAX = 5;

/** Whether an error says that the database cannot be reached, or cannot serve for a while, whoever wrapped it. */
export function isDatabaseAway(error: unknown, causes = CAUSES_MAX): boolean {
  if (typeof error !== 'object' || error === null || causes === 0) return false;
  const { code, message, cause, driverError, errors } = error as Readonly<Record<string, unknown>>;
  if (typeof code === 'string' && (NETWORK_CODES.has(code) || AWAY_STATES.test(code))) return true;
  if (typeof message === 'string' && AWAY_MESSAGES.test(message)) return true;
  const inner: unknown[] = [cause, driverError, ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
  return inner.some((one) => isDatabaseAway(one, causes - 1));
}
