/** The columns of one version of a row. A version never changes: an update makes another. */
export type Values = Readonly<Record<string, unknown>>;

export type LockMode = 'share' | 'exclusive';

/** What a transaction waits for. */
export interface Wait {
  /** Those that have to end, or to get what they wait for, before it can go on. */
  readonly blockers: () => readonly Holder[];
  /** Ends the wait with an error, and takes the waiter out of every queue. */
  readonly fail: (error: Error) => void;
}

/** A transaction, as far as locks know it. */
export interface Holder {
  /** Rows it holds a lock on. */
  readonly locked: Row[];
  readonly onEnd: (() => void)[];
  waiting: Wait | null;
  /** True once it has written or locked anything: its commit then has a place in the log. */
  hasId: boolean;
  /** @throws what the driver says of a connection that is gone. */
  failIfEnded(): void;
}

/** A transaction that waits for a row. */
export interface LockWaiter {
  readonly transaction: Holder;
  readonly mode: LockMode;
  readonly grant: () => void;
}

/** What finds rows. */
interface Indexes {
  add(row: Row, values: Values): void;
  remove(row: Row): void;
}

/** A row: what is committed of it, what one transaction has made of it meanwhile, and who holds or awaits its lock. */
export class Row {
  committed: Values | null = null;
  /** What `writer` has made of it; null = it has deleted it. */
  pending: Values | null = null;
  writer: Holder | null = null;
  exclusive: Holder | null = null;
  readonly sharers: Holder[] = [];
  readonly queue: LockWaiter[] = [];
  /** Values it is found by: keys are never updated. Null = it is in no table. */
  indexed: Values | null = null;
  /** The row of the same key that the transaction which inserted this one has deleted before: others still see it. */
  shadowed: Row | null = null;

  constructor(readonly table: Indexes) {}

  /** The version the transaction sees: its own, else the committed one. Null = there is none. */
  seenBy(transaction: Holder): Values | null {
    return this.writer === transaction ? this.pending : this.committed;
  }
}
