import type pg from 'pg';
import type { DatabaseSession, StatementResult } from '../world/database-server.js';
import type { SimulatedPostgres } from './simulated-postgres.js';

type Query = string | { readonly text: string; readonly values?: readonly unknown[] };

/** Connections to the simulated server without a way between: for specs that have no world. */
export class DirectPool {
  private readonly idle: DirectClient[] = [];
  private readonly open = new Set<DirectClient>();

  constructor(private readonly server: SimulatedPostgres) {}

  /** As far as the product uses a pool of pg's. */
  asPool(): pg.Pool {
    return this as unknown as pg.Pool;
  }

  async connect(): Promise<DirectClient> {
    const idle = this.idle.pop();
    if (idle !== undefined) return idle;
    const client: DirectClient = new DirectClient(await this.server.connect(), (isBroken) => {
      if (!isBroken) {
        this.idle.push(client);
        return;
      }
      this.open.delete(client);
      client.session.close();
    });
    this.open.add(client);
    return client;
  }

  async query(what: Query, values?: readonly unknown[]): Promise<StatementResult> {
    const client = await this.connect();
    try {
      const result = await client.query(what, values);
      client.release();
      return result;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  /** Ends every connection, as an administrator does who sees them. */
  cut(): void {
    for (const { session } of this.open) session.terminate();
  }

  end(): Promise<void> {
    for (const { session } of this.open) session.close();
    return Promise.resolve();
  }
}

interface TerminableSession extends DatabaseSession {
  terminate(): void;
}

class DirectClient {
  constructor(
    readonly session: TerminableSession,
    private readonly giveBack: (isBroken: boolean) => void,
  ) {}

  async query(what: Query, values: readonly unknown[] = []): Promise<StatementResult> {
    // Lets timers and other clients have their turn, as a network does.
    await new Promise((resolve) => setImmediate(resolve));
    return this.session.run(
      typeof what === 'string' ? { text: what, values } : { text: what.text, values: what.values ?? [] },
    );
  }

  release(broken?: unknown): void {
    this.giveBack(broken !== undefined && broken !== false);
  }
}
