import type { Row, Values } from '../row.js';
import { sqlError } from '../sql-error.js';
import type { Table, TableDefinition, UniqueKey } from '../table.js';
import type { Compiled, Expressions, Scope } from './compiled.js';
import type { Environment } from './environment.js';
import { NotUnderstood } from './not-understood.js';
import type { Answer, Run } from './plan.js';
import { assigned, compileAssignments, refuseChange } from './run-change.js';
import type { CompiledAssignment } from './run-change.js';
import { compileItems, shownRow } from './run-select.js';
import { scopeOf } from './scan.js';
import type { Insert, OnConflict, Unnest } from './syntax.js';

type Defaults = TableDefinition['defaults'];

/** A row that was added or changed; null where ON CONFLICT left everything as it was. */
type Added = Row | null;

interface CompiledConflict {
  readonly isMeant: (key: UniqueKey) => boolean;
  /** Null = DO NOTHING. */
  readonly assignments: readonly CompiledAssignment[] | null;
  readonly where: Compiled | null;
}

export function compileInsert(insert: Insert, compiler: Expressions): Run {
  const { into, from, onConflict } = insert;
  const definition = compiler.definitionOf(into.table);
  const arrays = (from?.args ?? []).map((arg) => compiler.compile(arg, () => null));
  const cells = compileCells(insert, definition, arrays, compiler);
  const where = insert.where === null ? null : compiler.compile(insert.where, sourceScope(from, arrays));
  const conflict = onConflict === null ? null : compileConflict(onConflict, insert, definition, compiler);
  const items = compileItems(insert.returning, compiler, scopeOf(definition, into));
  return async (environment): Promise<Answer> => {
    if (conflict?.assignments != null) refuseChange(definition, 'UPDATE');
    const table = environment.table(into.table);
    environment.arrays = arrays.map(({ of }) => of(environment) as unknown[]);
    const length = from === null ? 1 : Math.max(0, ...environment.arrays.map((array) => array.length));
    const touched = new Set<Row>();
    const rows: Record<string, unknown>[] = [];
    for (let at = 0; at < length; at += 1) {
      environment.at = at;
      if (where !== null && where.of(environment) !== true) continue;
      const values = rowOf(environment, table, cells);
      let added = addRow(environment, table, values, conflict, touched);
      if (added instanceof Promise) added = await added;
      if (added === null) continue;
      touched.add(added);
      environment.row = added.pending;
      rows.push(items.length > 0 ? shownRow(items, environment) : NOTHING_SHOWN);
    }
    return { rows: items.length > 0 ? rows : [], rowCount: rows.length };
  };
}

const NOTHING_SHOWN: Record<string, unknown> = {};

interface Cell {
  readonly column: string;
  readonly of: (environment: Environment, table: Table) => unknown;
}

function compileCells(
  { columns, items, from }: Insert,
  definition: TableDefinition,
  arrays: readonly Compiled[],
  compiler: Expressions,
): Cell[] {
  const scope = sourceScope(from, arrays);
  const given = new Map<string, Compiled['of']>();
  if ((items ?? arrays).length !== columns.length) throw new NotUnderstood('as many values as columns');
  columns.forEach((column, at) => {
    const type = definition.columns[column];
    if (type === undefined) throw new NotUnderstood(`column ${column} of ${definition.name}`);
    const item = items?.[at];
    const compiled = item === undefined ? elementOf(arrays, at) : compiler.compileAs(item, type, scope);
    if (compiled.type !== null && compiled.type !== type && !areNumbers(compiled.type, type)) {
      throw sqlError('42804', `column "${column}" is of type ${type} but expression is of type ${compiled.type}`);
    }
    given.set(column, compiled.of);
  });
  return Object.keys(definition.columns).map((column) => ({
    column,
    of: given.get(column) ?? defaultOf(definition.defaults, column),
  }));
}

function areNumbers(one: string, other: string): boolean {
  return one.startsWith('int') && other.startsWith('int');
}

function defaultOf(defaults: Defaults, column: string): Cell['of'] {
  const given = defaults?.[column];
  if (given === undefined) return () => null;
  if (given === 'now') return ({ transaction }) => transaction.startedAt;
  if (given === 'identity') return (_, table) => table.nextIdentity();
  return () => given.value;
}

function sourceScope(from: Unnest | null, arrays: readonly Compiled[]): Scope {
  return (table, name) => {
    const at = from?.columns.indexOf(name) ?? -1;
    if (from === null || at < 0 || (table !== null && table !== from.alias)) return null;
    return elementOf(arrays, at);
  };
}

function elementOf(arrays: readonly Compiled[], place: number): Compiled {
  const type = (arrays[place]?.type?.replace('[]', '') ?? 'text') as NonNullable<Compiled['type']>;
  return { type, of: (environment) => environment.arrays[place]?.[environment.at] ?? null };
}

function rowOf(environment: Environment, table: Table, cells: readonly Cell[]): Values {
  const values: Record<string, unknown> = {};
  for (const { column, of } of cells) values[column] = of(environment, table);
  for (const column of table.required) {
    if (values[column] !== null) continue;
    const { schema, table: bare } = placeOf(table);
    const message = `null value in column "${column}" of relation "${bare}" violates not-null constraint`;
    throw sqlError('23502', message, { schema, table: bare });
  }
  return values;
}

function compileConflict(
  { columns, set, where }: OnConflict,
  { into }: Insert,
  definition: TableDefinition,
  compiler: Expressions,
): CompiledConflict {
  const meant = columns.length === 0 ? null : [...columns].sort().join();
  if (meant !== null && !definition.unique.some((key) => [...key.columns].sort().join() === meant)) {
    throw sqlError('42P10', 'there is no unique or exclusion constraint matching the ON CONFLICT specification');
  }
  const existing = scopeOf(definition, into);
  const scope: Scope = (table, name) => {
    if (table !== 'excluded') return existing(table, name);
    const type = definition.columns[name];
    return type === undefined ? null : { type, of: ({ excluded }) => excluded?.[name] ?? null };
  };
  return {
    isMeant: (key) => meant === null || [...key.columns].sort().join() === meant,
    assignments: set === null ? null : compileAssignments(set, definition, compiler, scope),
    where: where === null ? null : compiler.compile(where, scope),
  };
}

/** Adds the row at once, where nobody else holds its keys. */
function addRow(
  environment: Environment,
  table: Table,
  values: Values,
  conflict: CompiledConflict | null,
  touched: ReadonlySet<Row>,
): Added | Promise<Added> {
  const met = table.conflicting(values, environment.transaction);
  if (met === null) return environment.transaction.insert(table, values);
  return meet(environment, table, values, conflict, touched);
}

/** Waits for whoever holds a key without having committed, then looks again. */
async function meet(
  environment: Environment,
  table: Table,
  values: Values,
  conflict: CompiledConflict | null,
  touched: ReadonlySet<Row>,
): Promise<Added> {
  const { transaction, locks } = environment;
  for (;;) {
    const met = table.conflicting(values, transaction);
    if (met === null) return transaction.insert(table, values);
    const { row, key } = met;
    if (row.writer !== null && row.writer !== transaction) {
      await locks.waitForEnd(transaction, row.writer);
      continue;
    }
    if (conflict === null || !conflict.isMeant(key)) throw uniqueViolation(table, key, values);
    if (conflict.assignments === null) return null;
    if (touched.has(row)) throw sqlError('21000', 'ON CONFLICT DO UPDATE command cannot affect row a second time');
    if (!locks.tryLock(transaction, row, 'exclusive')) await locks.waitForLock(transaction, row, 'exclusive');
    const version = row.seenBy(transaction);
    if (version === null) continue;
    environment.row = version;
    environment.excluded = values;
    if (conflict.where !== null && conflict.where.of(environment) !== true) return null;
    transaction.write(row, assigned(environment, conflict.assignments));
    return row;
  }
}

/** Where an error happened, as the driver tells it. */
function placeOf({ name }: Table): { readonly schema: string; readonly table: string } {
  const [schema = 'public', table = name] = name.includes('.') ? name.split('.') : ['public', name];
  return { schema, table };
}

/** Names that are words of the language as well are shown in quotes. */
const RESERVED: ReadonlySet<string> = new Set(['position']);

function uniqueViolation(table: Table, { constraint, columns }: UniqueKey, values: Values): Error {
  const names = columns.map((column) => (RESERVED.has(column) ? `"${column}"` : column)).join(', ');
  const held = columns.map((column) => String(values[column])).join(', ');
  return sqlError('23505', `duplicate key value violates unique constraint "${constraint}"`, {
    ...placeOf(table),
    constraint,
    detail: `Key (${names})=(${held}) already exists.`,
  });
}
