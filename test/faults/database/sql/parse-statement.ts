import { NotUnderstood } from './not-understood.js';
import { parseExpression, parseItems, parseSelect, parseSource, parseWhere } from './parse-query.js';
import type { Assignment, Insert, Item, Node, OnConflict, Statement, Unnest } from './syntax.js';
import { TokenReader } from './token-reader.js';

/**
 * SELECT, UPDATE and DELETE on one table, and INSERT of one row or of arrays.
 * @throws NotUnderstood for anything else.
 */
export function parseStatement(text: string): Statement {
  const reader = new TokenReader(text);
  const statement = parseAny(reader);
  reader.end();
  return statement;
}

function parseAny(reader: TokenReader): Statement {
  if (reader.takes('SELECT')) return parseSelect(reader);
  if (reader.takes('INSERT', 'INTO')) return parseInsert(reader);
  if (reader.takes('UPDATE')) {
    const into = parseSource(reader);
    reader.expect('SET');
    const set = reader.list(() => parseAssignment(reader));
    return { kind: 'update', into, set, where: parseWhere(reader), returning: parseReturning(reader) };
  }
  if (reader.takes('DELETE', 'FROM')) {
    const from = parseSource(reader);
    return { kind: 'delete', from, where: parseWhere(reader), returning: parseReturning(reader) };
  }
  throw new NotUnderstood(`${reader.peek().text} is no statement of it`);
}

function parseReturning(reader: TokenReader): Item[] {
  return reader.takes('RETURNING') ? parseItems(reader) : [];
}

function parseAssignment(reader: TokenReader): Assignment {
  const column = reader.name();
  reader.expect('=');
  return { column, node: parseExpression(reader) };
}

function parseInsert(reader: TokenReader): Insert {
  const into = parseSource(reader);
  reader.expect('(');
  const columns = reader.list(() => reader.name());
  reader.expect(')');
  const rows = parseRows(reader);
  return {
    kind: 'insert',
    into,
    columns,
    ...rows,
    onConflict: reader.takes('ON', 'CONFLICT') ? parseOnConflict(reader) : null,
    returning: parseReturning(reader),
  };
}

function parseRows(reader: TokenReader): Pick<Insert, 'items' | 'from' | 'where'> {
  if (reader.takes('VALUES', '(')) {
    const items = reader.list(() => parseExpression(reader));
    reader.expect(')');
    return { items, from: null, where: null };
  }
  reader.expect('SELECT');
  const items: readonly Node[] | null = reader.takes('*') ? null : reader.list(() => parseExpression(reader));
  reader.expect('FROM');
  return { items, from: parseUnnest(reader), where: parseWhere(reader) };
}

function parseUnnest(reader: TokenReader): Unnest {
  reader.expect('unnest', '(');
  const args = reader.list(() => parseExpression(reader));
  reader.expect(')');
  if (!reader.takes('AS')) return { args, alias: '', columns: [] };
  const alias = reader.name();
  if (!reader.takes('(')) return { args, alias, columns: args.length === 1 ? [alias] : [] };
  const columns = reader.list(() => reader.name());
  reader.expect(')');
  return { args, alias, columns };
}

function parseOnConflict(reader: TokenReader): OnConflict {
  const columns: string[] = [];
  if (reader.takes('(')) {
    columns.push(...reader.list(() => reader.name()));
    reader.expect(')');
  }
  reader.expect('DO');
  if (reader.takes('NOTHING')) return { columns, set: null, where: null };
  reader.expect('UPDATE', 'SET');
  return { columns, set: reader.list(() => parseAssignment(reader)), where: parseWhere(reader) };
}
