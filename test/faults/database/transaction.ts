import type { Change } from './commit-log.js';
import { releaseAll } from './locks.js';
import { Row } from './row.js';
import type { Holder, Values, Wait } from './row.js';
import { connectionLost } from './sql-error.js';
import type { Table } from './table.js';

/** What one session does between BEGIN and its end, or in one statement outside. */
export class Transaction implements Holder {
  readonly locked: Row[] = [];
  readonly onEnd: (() => void)[] = [];
  waiting: Wait | null = null;
  /** Whether its commit waits for the disk. */
  isSynchronous = true;
  hasId = false;
  private readonly written: Row[] = [];
  private hasEnded = false;

  /** `startedAt` is what now() says throughout. */
  constructor(readonly startedAt: number) {}

  insert(table: Table, values: Values): Row {
    const row = new Row(table);
    row.writer = this;
    row.pending = values;
    row.exclusive = this;
    this.hasId = true;
    this.locked.push(row);
    this.written.push(row);
    table.add(row, values);
    return row;
  }

  /** Makes another version of a row whose lock it holds; null deletes it. */
  write(row: Row, values: Values | null): void {
    if (row.writer !== this) {
      row.writer = this;
      this.written.push(row);
    }
    row.pending = values;
  }

  /** Makes it all visible. Returns what it has changed, for the log. */
  commit(): readonly Change[] {
    const changes: Change[] = [];
    for (const row of this.written) {
      const before = row.committed;
      const after = row.pending;
      row.writer = null;
      row.pending = null;
      row.committed = after;
      row.shadowed = null;
      if (after === null) row.table.remove(row);
      if (before !== null || after !== null) changes.push({ row, before, after });
    }
    this.end();
    return changes;
  }

  rollback(): void {
    if (this.hasEnded) return;
    for (const row of this.written.reverse()) {
      row.writer = null;
      row.pending = null;
      if (row.committed === null) row.table.remove(row);
      else row.table.add(row, row.committed);
    }
    this.end();
  }

  failIfEnded(): void {
    if (this.hasEnded) throw connectionLost();
  }

  private end(): void {
    this.hasEnded = true;
    releaseAll(this);
  }
}
