import type { Random } from '../world/random.js';
import type { Holder, LockMode, LockWaiter, Row } from './row.js';
import { sqlError } from './sql-error.js';

/**
 * Row locks in two modes, held to the end of the transaction. Who has to wait waits in the order of arrival; who asks for
 * a share of a row that is only shared gets it at once, even past one that waits for the whole of it, as in PostgreSQL.
 */
export class Locks {
  constructor(private readonly random: Random) {}

  /** False when it has to be waited for. */
  tryLock(transaction: Holder, row: Row, mode: LockMode): boolean {
    if (!isFree(row, transaction, mode)) return false;
    hold(row, transaction, mode);
    return true;
  }

  /** Resolves once the lock is held. @throws 40P01 when it never would be. */
  waitForLock(transaction: Holder, row: Row, mode: LockMode): Promise<void> {
    return this.wait(transaction, (resolve) => {
      const waiter: LockWaiter = {
        transaction,
        mode,
        grant: () => {
          hold(row, transaction, mode);
          resolve();
        },
      };
      row.queue.push(waiter);
      return {
        blockers: () => blockersOf(row, waiter),
        cancel: () => {
          row.queue.splice(row.queue.indexOf(waiter), 1);
          grantNext(row);
        },
      };
    });
  }

  /** Resolves once the other transaction has ended, however. @throws 40P01 when it never would. */
  waitForEnd(transaction: Holder, other: Holder): Promise<void> {
    return this.wait(transaction, (resolve) => {
      other.onEnd.push(resolve);
      return {
        blockers: () => [other],
        cancel: () => {
          other.onEnd.splice(other.onEnd.indexOf(resolve), 1);
        },
      };
    });
  }

  private async wait(
    transaction: Holder,
    begin: (resolve: () => void) => {
      readonly blockers: () => readonly Holder[];
      readonly cancel: () => void;
    },
  ): Promise<void> {
    transaction.hasId = true;
    await new Promise<void>((resolve, reject) => {
      const { blockers, cancel } = begin(() => {
        transaction.waiting = null;
        resolve();
      });
      transaction.waiting = {
        blockers,
        fail: (error) => {
          transaction.waiting = null;
          cancel();
          reject(error);
        },
      };
      this.breakCircles(transaction);
    });
    // It may have been ended between the moment it was let through and now.
    transaction.failIfEnded();
  }

  /** A real server finds circles after a second, and ends the transaction that happens to look: any of them. */
  private breakCircles(transaction: Holder): void {
    for (;;) {
      const circle = circleOf(transaction);
      if (circle === null) return;
      const victim = this.random.pick(circle);
      victim.waiting?.fail(sqlError('40P01', 'deadlock detected'));
      if (victim === transaction) return;
    }
  }
}

/** Lets go of every lock, and lets through who waited for them or for the end. */
export function releaseAll(transaction: Holder): void {
  for (const row of transaction.locked) {
    if (row.exclusive === transaction) row.exclusive = null;
    const share = row.sharers.indexOf(transaction);
    if (share >= 0) row.sharers.splice(share, 1);
    if (row.queue.length > 0) grantNext(row);
  }
  for (const resolve of transaction.onEnd.splice(0)) resolve();
}

function isFree({ exclusive, sharers }: Row, transaction: Holder, mode: LockMode): boolean {
  if (exclusive !== null) return exclusive === transaction;
  if (mode === 'share' || sharers.length === 0) return true;
  return sharers.length === 1 && sharers[0] === transaction;
}

function hold(row: Row, transaction: Holder, mode: LockMode): void {
  transaction.hasId = true;
  if (row.exclusive === transaction) return;
  const isNew = !row.sharers.includes(transaction);
  if (mode === 'exclusive') row.exclusive = transaction;
  else if (isNew) row.sharers.push(transaction);
  if (isNew) transaction.locked.push(row);
}

function grantNext(row: Row): void {
  for (;;) {
    const [next] = row.queue;
    if (next === undefined || !isFree(row, next.transaction, next.mode)) return;
    row.queue.shift();
    next.grant();
  }
}

function blockersOf(row: Row, waiter: LockWaiter): Holder[] {
  const blockers: Holder[] = [];
  if (row.exclusive !== null) blockers.push(row.exclusive);
  if (waiter.mode === 'exclusive') blockers.push(...row.sharers);
  for (const ahead of row.queue) {
    if (ahead === waiter) break;
    if (ahead.mode === 'exclusive' || waiter.mode === 'exclusive') blockers.push(ahead.transaction);
  }
  return blockers.filter((blocker) => blocker !== waiter.transaction);
}

/** Transactions that wait for each other in a circle the given one is part of. */
function circleOf(start: Holder): Holder[] | null {
  const visited = new Set<Holder>();
  const search = (path: Holder[]): Holder[] | null => {
    for (const blocker of path.at(-1)?.waiting?.blockers() ?? []) {
      if (blocker === start) return path;
      if (visited.has(blocker)) continue;
      visited.add(blocker);
      const found = search([...path, blocker]);
      if (found !== null) return found;
    }
    return null;
  };
  return search([start]);
}
