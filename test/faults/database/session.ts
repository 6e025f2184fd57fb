import type { DatabaseSession, Statement, StatementResult } from '../world/database-server.js';
import type { Environment } from './sql/environment.js';
import type { Run } from './sql/plan.js';
import { connectionLost, sqlError } from './sql-error.js';
import { Transaction } from './transaction.js';

/** What a session needs of its server. */
export interface Host {
  readonly now: () => number;
  readonly planOf: (text: string) => Run;
  readonly environmentOf: (transaction: Transaction, values: readonly unknown[]) => Environment;
  readonly commit: (transaction: Transaction) => void;
  readonly forget: (session: SimulatedSession) => void;
}

/** Between BEGIN and its end, `failed` after a statement of it has failed. */
type Standing = 'idle' | 'open' | 'failed';

const DONE: StatementResult = { rows: [], rowCount: null };

/** One connection: a transaction at a time, a statement at a time. */
export class SimulatedSession implements DatabaseSession {
  private standing: Standing = 'idle';
  private transaction: Transaction | null = null;
  /** The last of the statements that were asked for. */
  private running: Promise<unknown> | null = null;
  private isOver = false;

  constructor(private readonly host: Host) {}

  get isWaiting(): boolean {
    return this.transaction?.waiting != null;
  }

  run(statement: Statement): Promise<StatementResult> {
    const before = this.running;
    const result = before === null ? this.execute(statement) : before.then(() => this.execute(statement));
    const isDone = (): void => {
      if (this.running === settled) this.running = null;
    };
    const settled: Promise<void> = result.then(isDone, isDone);
    this.running = settled;
    return result;
  }

  close(): void {
    if (this.isOver) return;
    if (this.running === null) this.end();
    else void this.running.then(() => this.close());
  }

  /** The server ends it: a statement that waits fails at once. */
  terminate(): void {
    const reason = sqlError('57P01', 'terminating connection due to administrator command', { severity: 'FATAL' });
    this.transaction?.waiting?.fail(reason);
    this.end();
  }

  /** The server has died: nobody says goodbye. Everything that waits is told before anything is let go. */
  abandon(): void {
    this.transaction?.waiting?.fail(connectionLost());
  }

  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.transaction?.rollback();
    this.transaction = null;
    this.host.forget(this);
  }

  private async execute({ text, values }: Statement): Promise<StatementResult> {
    if (this.isOver) throw connectionLost();
    if (text === 'COMMIT') return this.commit();
    if (text === 'ROLLBACK') return this.endTransaction('rollback');
    if (this.standing === 'failed') {
      throw sqlError('25P02', 'current transaction is aborted, commands ignored until end of transaction block');
    }
    if (text === 'BEGIN') return this.begin();
    if (text === 'SET LOCAL synchronous_commit = off') return this.commitWithoutWaiting();
    const transaction = (this.transaction ??= new Transaction(this.host.now()));
    try {
      const run = this.host.planOf(text);
      let answer = run(this.host.environmentOf(transaction, values));
      if (answer instanceof Promise) answer = await answer;
      transaction.failIfEnded();
      if (this.standing === 'idle') this.endTransaction('commit');
      return answer;
    } catch (error) {
      this.fail();
      throw error;
    }
  }

  private begin(): StatementResult {
    if (this.standing !== 'idle') return DONE;
    this.standing = 'open';
    this.transaction = new Transaction(this.host.now());
    return DONE;
  }

  /** A transaction that has failed is rolled back by COMMIT, which does not fail itself. */
  private commit(): StatementResult {
    return this.endTransaction(this.standing === 'failed' ? 'rollback' : 'commit');
  }

  private commitWithoutWaiting(): StatementResult {
    if (this.transaction !== null) this.transaction.isSynchronous = false;
    return DONE;
  }

  private endTransaction(how: 'commit' | 'rollback'): StatementResult {
    const { transaction } = this;
    this.transaction = null;
    this.standing = 'idle';
    if (how === 'rollback') transaction?.rollback();
    else if (transaction !== null) this.host.commit(transaction);
    return DONE;
  }

  /** What a failed transaction held is let go at once; it then waits for its end. */
  private fail(): void {
    if (this.isOver) return;
    this.transaction?.rollback();
    this.transaction = null;
    if (this.standing === 'open') this.standing = 'failed';
  }
}
