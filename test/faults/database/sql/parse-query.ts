import { typeNamed } from '../column-types.js';
import type { SqlType } from '../column-types.js';
import { NotUnderstood } from './not-understood.js';
import type { Comparison, Item, Node, Select, Source } from './syntax.js';
import type { TokenReader } from './token-reader.js';

const COMPARISONS: readonly string[] = ['=', '<>', '<', '<=', '>', '>='];

/** OR binds least, then AND, NOT, comparisons, + and −, and casts most. */
export function parseExpression(reader: TokenReader): Node {
  let left = parseAnd(reader);
  while (reader.takes('OR')) left = { kind: 'or', left, right: parseAnd(reader) };
  return left;
}

function parseAnd(reader: TokenReader): Node {
  let left = parseNot(reader);
  while (reader.takes('AND')) left = { kind: 'and', left, right: parseNot(reader) };
  return left;
}

function parseNot(reader: TokenReader): Node {
  return reader.takes('NOT') ? { kind: 'not', of: parseNot(reader) } : parseComparison(reader);
}

function parseComparison(reader: TokenReader): Node {
  const left = parseSum(reader);
  if (reader.takes('IS')) {
    const isNegated = reader.takes('NOT');
    const node: Node = reader.takes('NULL')
      ? { kind: 'is-null', of: left }
      : (reader.expect('DISTINCT', 'FROM'), { kind: 'is-distinct', left, right: parseSum(reader) });
    return isNegated ? { kind: 'not', of: node } : node;
  }
  const isNotIn = reader.takes('NOT', 'IN', '(');
  if (isNotIn || reader.takes('IN', '(')) {
    const node = parseIn(left, reader);
    return isNotIn ? { kind: 'not', of: node } : node;
  }
  const { kind, text } = reader.peek();
  if (kind !== 'sign' || !COMPARISONS.includes(text)) return left;
  reader.next();
  if (text === '=' && reader.takes('ANY', '(')) {
    const array = parseExpression(reader);
    reader.expect(')');
    return { kind: 'any', of: left, array };
  }
  return { kind: 'compare', by: text as Comparison, left, right: parseSum(reader) };
}

function parseIn(of: Node, reader: TokenReader): Node {
  const node: Node = reader.takes('SELECT')
    ? { kind: 'in-select', of, select: parseSelect(reader) }
    : { kind: 'in-list', of, items: reader.list(() => parseExpression(reader)) };
  reader.expect(')');
  return node;
}

function parseSum(reader: TokenReader): Node {
  let left = parseProduct(reader);
  for (;;) {
    const by = reader.takes('+') ? '+' : reader.takes('-') ? '-' : null;
    if (by === null) return left;
    left = { kind: 'calculate', by, left, right: parseProduct(reader) };
  }
}

function parseProduct(reader: TokenReader): Node {
  let left = parseCast(reader);
  while (reader.takes('*')) left = { kind: 'calculate', by: '*', left, right: parseCast(reader) };
  return left;
}

function parseCast(reader: TokenReader): Node {
  let node = parsePrimary(reader);
  for (;;) {
    if (reader.takes('::')) node = { kind: 'cast', of: node, type: parseType(reader) };
    // Everything is ordered by its bytes here.
    else if (reader.takes('COLLATE')) reader.name();
    else return node;
  }
}

function parseType(reader: TokenReader): SqlType {
  const name = reader.name();
  const type = typeNamed(name, reader.takes('[', ']'));
  if (type === null) throw new NotUnderstood(`type ${name}`);
  return type;
}

function parsePrimary(reader: TokenReader): Node {
  if (reader.takes('(')) return parseParenthesised(reader);
  const token = reader.next();
  switch (token.kind) {
    case 'parameter':
      return { kind: 'parameter', number: Number(token.text) };
    case 'number':
      return { kind: 'literal', value: Number(token.text) };
    case 'string':
      return { kind: 'literal', value: token.text };
    case 'word':
      return parseWord(token.text, reader);
    case 'quoted':
      return { kind: 'column', table: null, name: token.text };
    case 'sign':
    case 'end':
      throw new NotUnderstood(`an expression is expected at ${JSON.stringify(token.text)}`);
  }
}

function parseParenthesised(reader: TokenReader): Node {
  const node: Node = reader.takes('SELECT')
    ? { kind: 'one-of-select', select: parseSelect(reader) }
    : parseExpression(reader);
  reader.expect(')');
  return node;
}

const CONSTANTS = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);

function parseWord(word: string, reader: TokenReader): Node {
  if (word === 'CASE') return parseCase(reader);
  const constant = CONSTANTS.get(word.toLowerCase());
  if (constant !== undefined) return { kind: 'literal', value: constant };
  if (reader.takes('(')) {
    const name = word.toLowerCase();
    if (name === 'extract') return parseExtract(reader);
    if (reader.takes(')')) return { kind: 'call', name, args: [] };
    const args: readonly Node[] = reader.takes('*') ? [] : reader.list(() => parseExpression(reader));
    reader.expect(')');
    return { kind: 'call', name, args };
  }
  if (reader.takes('.')) return { kind: 'column', table: word, name: reader.name() };
  return { kind: 'column', table: null, name: word };
}

function parseCase(reader: TokenReader): Node {
  const branches: { readonly when: Node; readonly then: Node }[] = [];
  while (reader.takes('WHEN')) {
    const when = parseExpression(reader);
    reader.expect('THEN');
    branches.push({ when, then: parseExpression(reader) });
  }
  const otherwise = reader.takes('ELSE') ? parseExpression(reader) : null;
  reader.expect('END');
  return { kind: 'case', branches, otherwise };
}

function parseExtract(reader: TokenReader): Node {
  reader.expect('epoch', 'FROM');
  const of = parseExpression(reader);
  reader.expect(')');
  return { kind: 'call', name: 'epoch', args: [of] };
}

const AFTER_TABLE = ['WHERE', 'ORDER', 'GROUP', 'LIMIT', 'FOR', 'SET', 'RETURNING', 'JOIN', 'CROSS', 'LEFT', 'USING'];

/** What follows SELECT: one table, no joins. */
export function parseSelect(reader: TokenReader): Select {
  const items = reader.takes('*') ? null : parseItems(reader);
  const from = reader.takes('FROM') ? parseSource(reader) : null;
  const where = parseWhere(reader);
  const groupBy = reader.takes('GROUP', 'BY') ? reader.list(() => parseExpression(reader)) : [];
  const orderBy = reader.takes('ORDER', 'BY') ? reader.list(() => parseOrder(reader)) : [];
  const limit = reader.takes('LIMIT') ? parseExpression(reader) : null;
  return { kind: 'select', items, from, where, groupBy, orderBy, limit, lock: parseLock(reader) };
}

export function parseWhere(reader: TokenReader): Node | null {
  return reader.takes('WHERE') ? parseExpression(reader) : null;
}

export function parseItems(reader: TokenReader): Item[] {
  return reader.sees('FROM') || reader.peek().kind === 'end' ? [] : reader.list(() => parseItem(reader));
}

function parseItem(reader: TokenReader): Item {
  const node = parseExpression(reader);
  return { node, name: reader.takes('AS') ? reader.name() : nameOf(node) };
}

function nameOf(node: Node): string {
  if (node.kind === 'column' || node.kind === 'call') return node.name;
  return node.kind === 'cast' ? nameOf(node.of) : '?column?';
}

/** `schema.table AS alias`, the alias with AS or without. */
export function parseSource(reader: TokenReader): Source {
  if (reader.sees('(') || reader.sees('unnest')) throw new NotUnderstood('rows of something that is no table');
  let table = reader.name();
  if (reader.takes('.')) table += `.${reader.name()}`;
  if (reader.takes('AS')) return { table, alias: reader.name() };
  const { kind, text } = reader.peek();
  const hasAlias = kind === 'word' && !AFTER_TABLE.includes(text);
  return { table, alias: hasAlias ? reader.name() : (table.split('.').at(-1) ?? table) };
}

function parseOrder(reader: TokenReader): { readonly node: Node; readonly descending: boolean } {
  const node = parseExpression(reader);
  const descending = reader.takes('DESC');
  if (!descending) reader.takes('ASC');
  return { node, descending };
}

function parseLock(reader: TokenReader): Select['lock'] {
  if (!reader.takes('FOR')) return null;
  const isShared = reader.takes('SHARE');
  if (!isShared) {
    reader.takes('NO', 'KEY');
    reader.expect('UPDATE');
  }
  return { mode: isShared ? 'share' : 'exclusive', skipsLocked: reader.takes('SKIP', 'LOCKED') };
}
