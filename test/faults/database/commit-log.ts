import type { Random } from '../world/random.js';
import type { Row, Values } from './row.js';

export interface Change {
  readonly row: Row;
  readonly before: Values | null;
  readonly after: Values | null;
}

/**
 * The end of the write-ahead log that is not on the disk yet, one entry a commit. A commit that waits for the disk brings
 * everything before it there; a crash loses some last part of the rest.
 */
export class CommitLog {
  private readonly unwritten: (readonly Change[])[] = [];

  add(changes: readonly Change[], isSynchronous: boolean): void {
    if (isSynchronous) this.unwritten.length = 0;
    else this.unwritten.push(changes);
  }

  /** Takes the lost commits back, the last first. No transaction may be open. Returns how many were lost. */
  lose(random: Random): number {
    const kept = random.whole(0, this.unwritten.length);
    const lost = this.unwritten.splice(kept);
    this.unwritten.length = 0;
    for (const changes of [...lost].reverse()) {
      for (const { row, before } of [...changes].reverse()) {
        row.committed = before;
        if (before === null) row.table.remove(row);
        else row.table.add(row, before);
      }
    }
    return lost.length;
  }
}
