import type { LockMode, Row, Values } from '../row.js';
import type { Environment } from './environment.js';

/** A row and the version of it that was seen when the statement began. */
export interface Found {
  readonly row: Row;
  readonly seen: Values;
}

/**
 * The version of a row once its lock is held, where the condition still holds for it; null where it does not, or the row
 * is gone. Who had to wait looks at what the others have made of the row meanwhile, and keeps the lock either way.
 */
export function lockedVersion(
  environment: Environment,
  { row, seen }: Found,
  mode: LockMode,
  holds: (environment: Environment) => boolean,
): Values | null | Promise<Values | null> {
  const { transaction, locks } = environment;
  const look = (): Values | null => {
    const version = row.seenBy(transaction);
    if (version === null || version === seen) return version;
    environment.row = version;
    return holds(environment) ? version : null;
  };
  // Most need not wait, and a promise costs as much as the rest.
  if (locks.tryLock(transaction, row, mode)) return look();
  return locks.waitForLock(transaction, row, mode).then(look);
}
