import type { DatabaseServer } from '../world/database-server.js';
import type { Random } from '../world/random.js';
import { CommitLog } from './commit-log.js';
import { Locks } from './locks.js';
import { SCHEMA } from './schema.js';
import { SimulatedSession } from './session.js';
import type { Host } from './session.js';
import { shownRows } from './shown-rows.js';
import type { ShownRow } from './shown-rows.js';
import { sqlError, UnknownStatement } from './sql-error.js';
import type { DefinitionOf } from './sql/environment.js';
import type { Run } from './sql/plan.js';
import { planStatement } from './statements/plan-statement.js';
import { Table } from './table.js';
import type { TableDefinition } from './table.js';
import { Transaction } from './transaction.js';

export interface SimulatedPostgresOptions {
  /** The server's clock, in milliseconds since 1970. */
  readonly now: () => number;
  readonly random: Random;
  /** Most sessions at once. */
  readonly sessionsMax?: number;
  /** Told of a statement the simulation does not know, besides whoever asked: the product may swallow errors. */
  readonly onUnknown?: (error: UnknownStatement) => void;
}

const SESSIONS_MAX = 100;
/** Sequence values the server logs ahead of their use. */
const IDENTITIES_LOGGED_AHEAD = 32;

/** What is ready stays ready for every server: it depends on the text and the definitions alone. */
const PLANS = new Map<string, Run>();

/** A PostgreSQL server with the migrated database of the product, in memory. It has no timers: it answers at once. */
export class SimulatedPostgres implements DatabaseServer {
  private readonly tables = new Map<string, Table>();
  private readonly sessions: SimulatedSession[] = [];
  private readonly log = new CommitLog();
  private readonly host: Host;
  private isUp = true;
  /** How often it was started. */
  private starts = 1;

  constructor(private readonly options: SimulatedPostgresOptions) {
    const locks = new Locks(options.random);
    for (const definition of SCHEMA) this.create(definition);
    const table = this.table.bind(this);
    const create = this.create.bind(this);
    this.host = {
      now: options.now,
      planOf: (text) => this.planOf(text),
      environmentOf: (transaction, values) => ({
        transaction,
        locks,
        table,
        create,
        values,
        incarnation: this.starts,
        slots: [],
        row: null,
        excluded: null,
        group: [],
        arrays: [],
        at: 0,
      }),
      commit: (transaction) => {
        const isSynchronous = transaction.isSynchronous && transaction.hasId;
        const changes = transaction.commit();
        if (isSynchronous || changes.length > 0) this.log.add(changes, isSynchronous);
      },
      forget: (session) => {
        this.sessions.splice(this.sessions.indexOf(session), 1);
      },
    };
  }

  connect(): Promise<SimulatedSession> {
    if (!this.isUp) return Promise.reject(refused());
    if (this.sessions.length >= (this.options.sessionsMax ?? SESSIONS_MAX)) {
      return Promise.reject(sqlError('53300', 'sorry, too many clients already', { severity: 'FATAL' }));
    }
    const session = new SimulatedSession(this.host);
    this.sessions.push(session);
    return Promise.resolve(session);
  }

  crash(): Promise<void> {
    this.isUp = false;
    const sessions = [...this.sessions];
    for (const session of sessions) session.abandon();
    for (const session of sessions) session.end();
    const { random } = this.options;
    this.log.lose(random);
    for (const table of this.tables.values()) table.skipIdentities(random.whole(0, IDENTITIES_LOGGED_AHEAD));
    return Promise.resolve();
  }

  start(): Promise<void> {
    if (!this.isUp) this.starts += 1;
    this.isUp = true;
    return Promise.resolve();
  }

  /** `draw` is a whole number; nothing happens when nobody is connected. */
  terminate(draw: number): Promise<void> {
    this.sessions[Math.abs(Math.trunc(draw)) % Math.max(1, this.sessions.length)]?.terminate();
    return Promise.resolve();
  }

  /** How many sessions wait for another. */
  get waiting(): number {
    return this.sessions.filter(({ isWaiting }) => isWaiting).length;
  }

  terminateWaiting(): void {
    for (const session of this.sessions.filter(({ isWaiting }) => isWaiting)) session.terminate();
  }

  rows(name: string): Promise<readonly ShownRow[]> {
    return Promise.resolve(shownRows(this.table(name)));
  }

  private create(definition: TableDefinition): void {
    const table = new Table(definition);
    this.tables.set(definition.name, table);
    const transaction = new Transaction(this.options.now());
    for (const row of definition.rows ?? []) transaction.insert(table, row);
    transaction.commit();
  }

  private table(name: string): Table {
    const table = this.tables.get(name);
    if (table === undefined) throw sqlError('42P01', `relation "${name}" does not exist`);
    return table;
  }

  private planOf(text: string): Run {
    const known = PLANS.get(text);
    if (known !== undefined) return known;
    const definitionOf: DefinitionOf = (name) => this.table(name).definition;
    try {
      const run = planStatement(text, definitionOf);
      PLANS.set(text, run);
      return run;
    } catch (error) {
      if (error instanceof UnknownStatement) this.options.onUnknown?.(error);
      throw error;
    }
  }
}

function refused(): Error {
  return Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
}
