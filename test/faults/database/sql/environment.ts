import type { Values } from '../row.js';
import type { Table, TableDefinition } from '../table.js';
import type { Locks } from '../locks.js';
import type { Transaction } from '../transaction.js';

/** What a statement runs in. The places for rows are set anew for each row it looks at. */
export interface Environment {
  readonly transaction: Transaction;
  readonly locks: Locks;
  /** @throws 42P01 when there is none of that name. */
  readonly table: (name: string) => Table;
  readonly create: (definition: TableDefinition) => void;
  readonly values: readonly unknown[];
  /** Which start of the server this is, counted from 1. */
  readonly incarnation: number;
  /** What is computed once a statement: parameters, sets, subqueries. */
  readonly slots: unknown[];
  row: Values | null;
  /** The row an insert wanted to add, where it met another. */
  excluded: Values | null;
  /** The rows an aggregate is over. */
  group: readonly Values[];
  /** The arrays an insert takes its rows from, and which of them it is at. */
  arrays: readonly (readonly unknown[])[];
  at: number;
}

export type DefinitionOf = (table: string) => TableDefinition;
