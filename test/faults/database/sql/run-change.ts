import { sqlError } from '../sql-error.js';
import type { TableDefinition } from '../table.js';
import type { Compiled, Expressions, Scope } from './compiled.js';
import type { Environment } from './environment.js';
import { lockedVersion } from './lock-row.js';
import { NotUnderstood } from './not-understood.js';
import { compileItems, shownRow } from './run-select.js';
import { compileScan, scopeOf } from './scan.js';
import type { Assignment, Delete, Item, Source, Update } from './syntax.js';
import type { Answer, Run } from './plan.js';

export interface CompiledAssignment {
  readonly column: string;
  readonly of: Compiled['of'];
}

export function compileAssignments(
  set: readonly Assignment[],
  { name, columns }: TableDefinition,
  compiler: Expressions,
  scope: Scope,
): CompiledAssignment[] {
  return set.map(({ column, node }) => {
    const type = columns[column];
    if (type === undefined) throw new NotUnderstood(`column ${column} of ${name}`);
    return { column, of: compiler.compileAs(node, type, scope).of };
  });
}

/** The row the environment is set to, with the assignments made. */
export function assigned(
  environment: Environment,
  assignments: readonly CompiledAssignment[],
): Record<string, unknown> {
  const values = { ...environment.row };
  for (const { column, of } of assignments) values[column] = of(environment);
  return values;
}

export function refuseChange({ name, appendOnly }: TableDefinition, operation: string): void {
  if (appendOnly === undefined) return;
  throw sqlError(appendOnly.code, appendOnly.message.replace('%', operation), {
    table: name.split('.').at(-1) ?? name,
  });
}

export function compileUpdate({ into, set, where, returning }: Update, compiler: Expressions): Run {
  const definition = compiler.definitionOf(into.table);
  const assignments = compileAssignments(set, definition, compiler, scopeOf(definition, into));
  return changeOf(into, { definition, operation: 'UPDATE', where, returning }, compiler, (environment) =>
    assigned(environment, assignments),
  );
}

export function compileDelete({ from, where, returning }: Delete, compiler: Expressions): Run {
  const definition = compiler.definitionOf(from.table);
  return changeOf(from, { definition, operation: 'DELETE', where, returning }, compiler, () => null);
}

interface ChangeOptions {
  readonly definition: TableDefinition;
  readonly operation: string;
  readonly where: Update['where'];
  readonly returning: readonly Item[];
}

function changeOf(
  source: Source,
  { definition, operation, where, returning }: ChangeOptions,
  compiler: Expressions,
  change: (environment: Environment) => Record<string, unknown> | null,
): Run {
  const scope = scopeOf(definition, source);
  const scan = compileScan(compiler, source, where, scope);
  const items = compileItems(returning, compiler, scope);
  return async (environment): Promise<Answer> => {
    refuseChange(definition, operation);
    const rows: Record<string, unknown>[] = [];
    let count = 0;
    for (const found of scan.find(environment)) {
      let version = lockedVersion(environment, found, 'exclusive', scan.holds);
      if (version instanceof Promise) version = await version;
      if (version === null) continue;
      environment.row = version;
      const after = change(environment);
      environment.transaction.write(found.row, after);
      count += 1;
      environment.row = after ?? version;
      if (items.length > 0) rows.push(shownRow(items, environment));
    }
    return { rows, rowCount: count };
  };
}
