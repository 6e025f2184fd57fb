import { Compiler } from './compiler.js';
import type { Subquery } from './compiler.js';
import type { CompiledSelect, Expressions } from './compiled.js';
import type { DefinitionOf, Environment } from './environment.js';
import { parseStatement } from './parse-statement.js';
import type { Answer, Run } from './plan.js';
import { compileDelete, compileUpdate } from './run-change.js';
import { compileInsert } from './run-insert.js';
import { compileSelect, shownRow } from './run-select.js';
import type { Statement } from './syntax.js';

/** @throws NotUnderstood for what goes beyond the part of SQL that is simulated. */
export function compileStatement(text: string, definitionOf: DefinitionOf): Run {
  const compiler = new Compiler(definitionOf, compileSelect);
  const run = compileParsed(parseStatement(text), compiler);
  const { subqueries } = compiler;
  if (subqueries.length === 0) return run;
  return async (environment) => {
    for (const subquery of subqueries) await answer(subquery, environment);
    return run(environment);
  };
}

function compileParsed(statement: Statement, compiler: Expressions): Run {
  switch (statement.kind) {
    case 'select':
      return selecting(compileSelect(statement, compiler));
    case 'insert':
      return compileInsert(statement, compiler);
    case 'update':
      return compileUpdate(statement, compiler);
    case 'delete':
      return compileDelete(statement, compiler);
  }
}

function selecting({ items, run }: CompiledSelect): Run {
  return (environment): Answer | Promise<Answer> => {
    const rows: Record<string, unknown>[] = [];
    const waits = run(environment, () => rows.push(shownRow(items, environment)));
    const result = { rows, rowCount: 0 };
    const counted = (): Answer => ({ ...result, rowCount: rows.length });
    return waits === undefined ? counted() : waits.then(counted);
  };
}

/** Subqueries do not depend on the row: each is answered once, before the statement looks at any. */
async function answer({ slot, select, result }: Subquery, environment: Environment): Promise<void> {
  const values: unknown[] = [];
  const waits = select.run(environment, () => values.push(select.items[0]?.of(environment) ?? null));
  if (waits !== undefined) await waits;
  environment.slots[slot] = result === 'set' ? new Set(values) : (values[0] ?? null);
}
