/** A statement as the driver hands it over: text, or text with values; arrays come in PostgreSQL's binary form. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

export interface StatementResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Null for BEGIN, COMMIT, SET and the like. */
  readonly rowCount: number | null;
}

/** One connection to the server, as the server sees it. */
export interface DatabaseSession {
  /**
   * Runs one statement and answers, or rejects with an Error that has the SQLSTATE as `code`. It may wait for a lock
   * of another session. Outside BEGIN … COMMIT it is a transaction of its own.
   */
  run(statement: Statement): Promise<StatementResult>;
  /** The client is gone: what was open is rolled back, what is running ends first. */
  close(): void;
}

/** A PostgreSQL server: the simulated one, or a real one. */
export interface DatabaseServer {
  /** Rejects with ECONNREFUSED while it is down, with 53300 when there are too many sessions. */
  connect(): Promise<DatabaseSession>;
  /** As `pg_ctl stop -m immediate`: open transactions are lost, and commits that did not wait for the disk may be. */
  crash(): Promise<void>;
  start(): Promise<void>;
  /** As pg_terminate_backend on a session drawn by the number. */
  terminate(draw: number): Promise<void>;
}
