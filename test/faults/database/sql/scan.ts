import type { Row } from '../row.js';
import type { TableDefinition } from '../table.js';
import type { Compiled, Expressions, Scope } from './compiled.js';
import type { Environment } from './environment.js';
import type { Found } from './lock-row.js';
import type { Node, Source } from './syntax.js';

/** Finds the rows of one table that a statement sees and its condition holds for. */
export interface Scan {
  readonly find: (environment: Environment) => Found[];
  /** Whether the condition holds for the version in the environment. */
  readonly holds: (environment: Environment) => boolean;
}

export function scopeOf({ columns }: TableDefinition, { table, alias }: Source): Scope {
  return (named, name) => {
    const type = columns[name];
    if (type === undefined || (named !== null && named !== alias && named !== table)) return null;
    return { type, of: ({ row }) => row?.[name] ?? null };
  };
}

export function compileScan(compiler: Expressions, source: Source, where: Node | null, scope: Scope): Scan {
  const condition = where === null ? null : compiler.compile(where, scope);
  const narrow = where === null ? null : narrowest(compiler, source, conjuncts(where), scope);
  const holds = (environment: Environment): boolean => condition === null || condition.of(environment) === true;
  return {
    holds,
    find: (environment) => {
      const table = environment.table(source.table);
      const found: Found[] = [];
      for (const row of narrow?.(environment) ?? table.rows) {
        const seen = row.seenBy(environment.transaction);
        if (seen === null) continue;
        environment.row = seen;
        if (holds(environment)) found.push({ row, seen });
      }
      return found;
    },
  };
}

function conjuncts(node: Node): Node[] {
  return node.kind === 'and' ? [...conjuncts(node.left), ...conjuncts(node.right)] : [node];
}

type Narrow = (environment: Environment) => Iterable<Row>;

/** By an index, where one of the conditions names what an indexed column has to be. */
function narrowest(compiler: Expressions, source: Source, conditions: readonly Node[], scope: Scope): Narrow | null {
  for (const node of conditions) {
    const column = node.kind === 'any' ? node.of : node.kind === 'compare' && node.by === '=' ? node.left : null;
    if (column?.kind !== 'column' || !isIndexed(compiler, source, column.name)) continue;
    const { type } = compiler.compile(column, scope);
    if (type === null) continue;
    if (node.kind === 'any' && isConstant(node.array)) {
      return byEach(source.table, column.name, compiler.compileAs(node.array, `${type}[]` as typeof type, scope));
    }
    if (node.kind === 'compare' && isConstant(node.right)) {
      const value = compiler.compileAs(node.right, type, scope);
      return (environment) => environment.table(source.table).find(column.name, value.of(environment));
    }
  }
  return null;
}

function byEach(tableName: string, column: string, array: Compiled): Narrow {
  return function* (environment) {
    const table = environment.table(tableName);
    for (const value of new Set((array.of(environment) ?? []) as unknown[])) yield* table.find(column, value);
  };
}

/** A set or a key alone: a key of several columns does not find rows by its first. */
function isIndexed(compiler: Expressions, { table }: Source, column: string): boolean {
  const { unique, ordered = [] } = compiler.definitionOf(table);
  const isKey = unique.some(({ columns }) => columns.length === 1 && columns[0] === column);
  return isKey || ordered.some(({ group }) => group === column);
}

function isConstant(node: Node): boolean {
  if (node.kind === 'cast') return isConstant(node.of);
  return node.kind === 'parameter' || node.kind === 'literal';
}
