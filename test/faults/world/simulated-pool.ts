import type pg from 'pg';
import type { DatabaseServer, DatabaseSession, Statement, StatementResult } from './database-server.js';
import type { SimulatedProcess, World } from './world.js';

/** What goes wrong with one statement on its way to the server and back. */
export type StatementFault =
  /** The connection breaks before the server has it. */
  | { readonly kind: 'cut-before' }
  /** The server does it, the answer is lost: for a COMMIT nobody knows what became of it. */
  | { readonly kind: 'cut-after' }
  /** The server refuses it, and the transaction with it. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'slow'; readonly byMs: number };

export interface DatabaseFaults {
  /** Null = nothing goes wrong. */
  onStatement(process: SimulatedProcess, text: string): StatementFault | null;
  /** True = the server refuses another connection (53300). */
  refusesConnection(process: SimulatedProcess): boolean;
}

const CONNECT_TIMEOUT_MS = 10_000;
const TRAVEL_MS_MAX = 1.5;

type QueryConfig = string | { readonly text: string; readonly values?: readonly unknown[] };
type Answer = StatementResult;

interface Client {
  query(what: QueryConfig, values?: readonly unknown[]): Promise<Answer>;
  release(broken?: unknown): void;
  on(): Client;
}

/**
 * A pool of connections of one process, as far as the product uses pg's: every statement travels to the server and its
 * answer back, in the world's time, and may get lost on either way.
 */
export class SimulatedPool {
  private readonly idle: Connection[] = [];
  private readonly waiting: ((connection: Connection) => void)[] = [];
  private open = 0;

  private constructor(
    private readonly world: World,
    private readonly server: DatabaseServer,
    private readonly faults: DatabaseFaults,
    private readonly process: SimulatedProcess,
    private readonly max: number,
  ) {}

  static of(
    world: World,
    server: DatabaseServer,
    faults: DatabaseFaults,
    { process, max }: { readonly process: SimulatedProcess; readonly max: number },
  ): pg.Pool {
    return new SimulatedPool(world, server, faults, process, max) as unknown as pg.Pool;
  }

  on(): this {
    return this;
  }

  end(): Promise<void> {
    for (const connection of this.idle.splice(0)) connection.close();
    return Promise.resolve();
  }

  async connect(): Promise<Client> {
    const connection = await this.acquire();
    return connection.lend((isBroken) => {
      this.giveBack(connection, isBroken);
    });
  }

  async query(what: QueryConfig, values?: readonly unknown[]): Promise<Answer> {
    const connection = await this.acquire();
    try {
      const answer = await connection.query(what, values);
      this.giveBack(connection, false);
      return answer;
    } catch (error) {
      this.giveBack(connection, true);
      throw error;
    }
  }

  private acquire(): Promise<Connection> {
    // Like pg: of the idle ones the last used, whether or not it has broken meanwhile.
    const idle = this.idle.pop();
    if (idle !== undefined) return Promise.resolve(idle);
    if (this.open < this.max) return this.connectAnew();
    return new Promise((resolve, reject) => {
      const timeout = this.world.schedule(CONNECT_TIMEOUT_MS, this.process, () => {
        this.waiting.splice(this.waiting.indexOf(take), 1);
        reject(new Error('timeout exceeded when trying to connect'));
      });
      const take = (connection: Connection): void => {
        timeout.isCancelled = true;
        resolve(connection);
      };
      this.waiting.push(take);
    });
  }

  private async connectAnew(): Promise<Connection> {
    this.open += 1;
    const connection = new Connection(this.world, this.faults, this.process);
    try {
      await connection.open(this.server);
      return connection;
    } catch (error) {
      this.open -= 1;
      throw error;
    }
  }

  private giveBack(connection: Connection, isBroken: boolean): void {
    if (!isBroken && !connection.isBroken) {
      const next = this.waiting.shift();
      if (next === undefined) this.idle.push(connection);
      else next(connection);
      return;
    }
    connection.close();
    this.open -= 1;
    const next = this.waiting.shift();
    if (next === undefined) return;
    this.connectAnew().then(next, () => this.waiting.unshift(next));
  }
}

class Connection {
  isBroken = false;
  private session: DatabaseSession | null = null;
  private readonly client: Client = {
    query: (what, values) => this.query(what, values),
    release: () => undefined,
    on: () => this.client,
  };

  constructor(
    private readonly world: World,
    private readonly faults: DatabaseFaults,
    private readonly process: SimulatedProcess,
  ) {}

  /** Like pg: one client a connection, the same each time, which what is remembered of a connection hangs on. */
  lend(giveBack: (isBroken: boolean) => void): Client {
    let isReleased = false;
    this.client.release = (broken) => {
      if (isReleased) throw new Error('Release called on client which has already been released to the pool.');
      isReleased = true;
      giveBack(broken !== undefined && broken !== false);
    };
    return this.client;
  }

  open(server: DatabaseServer): Promise<void> {
    return this.travel(async () => {
      if (this.faults.refusesConnection(this.process)) {
        throw sqlError('53300', 'sorry, too many clients already');
      }
      const session = await server.connect();
      this.session = session;
      this.world.onDeath(this.process, () => {
        session.close();
      });
    });
  }

  async query(what: QueryConfig, values?: readonly unknown[]): Promise<Answer> {
    const statement: Statement =
      typeof what === 'string' ? { text: what, values: values ?? [] } : { text: what.text, values: what.values ?? [] };
    const { session } = this;
    if (session === null || this.isBroken) throw connectionLost();
    const fault = this.faults.onStatement(this.process, statement.text);
    try {
      return await this.travel(() => this.runWith(fault, session, statement), fault);
    } catch (error) {
      // An error of the server has a SQLSTATE; anything else means that the connection is gone.
      if (!/^[0-9A-Z]{5}$/.test((error as { code?: string }).code ?? '') || isFatal(error)) this.isBroken = true;
      throw error;
    }
  }

  close(): void {
    this.isBroken = true;
    const { session } = this;
    this.session = null;
    if (session !== null) this.world.schedule(this.travelMs(), null, () => session.close());
  }

  private async runWith(
    fault: StatementFault | null,
    session: DatabaseSession,
    statement: Statement,
  ): Promise<StatementResult> {
    switch (fault?.kind) {
      case 'cut-before':
        session.close();
        throw connectionLost();
      case 'cut-after':
        await session.run(statement).catch(() => undefined);
        session.close();
        throw connectionLost();
      case 'refused':
        // Fails the transaction in the server as well, and outside one changes nothing.
        await session.run({ text: raising(fault.code), values: [] }).catch(() => undefined);
        if (statement.text === 'COMMIT') await session.run({ text: 'ROLLBACK', values: [] });
        throw sqlError(fault.code, fault.message);
      case 'slow':
      case undefined:
        return session.run(statement);
    }
  }

  /** There, the work, and back: in the server's time, then in the process'. */
  private travel<T>(work: () => Promise<T>, fault: StatementFault | null = null): Promise<T> {
    const slowMs = fault?.kind === 'slow' ? fault.byMs : 0;
    return new Promise((resolve, reject) => {
      const back = (answer: () => void): void => {
        this.world.schedule(this.travelMs(), this.process, answer);
      };
      this.world.schedule(this.travelMs() + slowMs, null, () => {
        work().then(
          (result) => {
            back(() => {
              resolve(result);
            });
          },
          (error: unknown) => {
            back(() => {
              reject(error instanceof Error ? error : new Error(String(error)));
            });
          },
        );
      });
    });
  }

  private travelMs(): number {
    return this.world.random.next() * TRAVEL_MS_MAX;
  }
}

/** The server is going down, or was told to end the connection. */
function isFatal(error: unknown): boolean {
  return /^(57P|08)/.test((error as { code?: string }).code ?? '');
}

const RAISE = 'RAISE EXCEPTION USING ERRCODE';

function raising(code: string): string {
  return `DO $$ BEGIN ${RAISE} = '${code}'; END $$`;
}

/** Whether a message is about a statement that was only sent to fail. */
export function isRaising(message: string): boolean {
  return message.includes(RAISE);
}

export function sqlError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code, severity: 'ERROR' });
}

function connectionLost(): Error {
  return new Error('Connection terminated unexpectedly');
}
