import { Composer, isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, Parser, type CST, type Node } from 'yaml';
import { FORBIDDEN_KEYS } from '../wire/forbidden-content.js';
import type { Given, GivenMap } from './given.js';
import { pathTo, type PolicyFault } from './policy-faults.js';

export interface GivenText {
  /** Undefined when the text is no YAML at all. What has a fault is left out. */
  readonly value: Given | undefined;
  readonly faults: readonly PolicyFault[];
}

/** A document with every number and its comments takes 3 kB. */
export const POLICY_DOCUMENT_BYTES_MAX = 100_000;
/** The same document has 700 tokens; a text of nothing but errors takes 0.1 s. */
const TOKENS_MAX = 10_000;
/** A document has 3 levels. The parser's stack holds the document and a scalar besides. */
const STACK_MAX = 16;

/** No tags but those of JSON's types: `!!set`, `!!binary` and a writer's own are not resolved. */
const CORE = { version: '1.2', schema: 'core', resolveKnownTags: false, merge: false } as const;
const CORE_TAGS: ReadonlySet<string> = new Set(
  ['null', 'bool', 'int', 'float', 'str', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
);

/**
 * Reads YAML 1.2, of which JSON is a part, in the core schema. A key that stands twice is a fault and not the later of
 * the two; an alias is one as well, so that nothing can grow when it is resolved.
 */
export function readYaml(text: string): GivenText {
  if (Buffer.byteLength(text) > POLICY_DOCUMENT_BYTES_MAX) {
    return unreadable(`is larger than ${String(POLICY_DOCUMENT_BYTES_MAX / 1000)} kB`);
  }
  const lines = new LineCounter();
  const tokens = boundedTokens(text, lines);
  if (typeof tokens === 'string') return unreadable(tokens);
  // Keys that stand twice are found below, with their paths; the composer would compare each key with all before it.
  const options = { ...CORE, prettyErrors: false, stringKeys: true, uniqueKeys: false, logLevel: 'silent' } as const;
  const [document, second] = new Composer(options).compose(tokens, true, text.length);
  if (document === undefined || second !== undefined) return unreadable('holds more than one document');
  // What has such a tag is named with its path.
  const warnings = document.warnings.filter(({ code }) => code !== 'TAG_RESOLVE_FAILED');
  const errors = [...document.errors, ...warnings].map(({ pos: [offset], message }): PolicyFault => {
    const { line, col } = lines.linePos(offset);
    return { path: '', reason: `line ${String(line)}, column ${String(col)}: ${message}` };
  });
  if (errors.length > 0) return { value: undefined, faults: errors };
  const faults: PolicyFault[] = [];
  return { value: valueOf(document.contents, '', { lines, faults }), faults };
}

function unreadable(reason: string): GivenText {
  return { value: undefined, faults: [{ path: '', reason }] };
}

/**
 * The tokens of the text, or why they are not looked at. The parser keeps a stack of its own; the composer after it
 * recurses, and 100,000 opening braces made it end the process.
 */
function boundedTokens(text: string, lines: LineCounter): CST.Token[] | string {
  lines.addNewLine(0);
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    count += 1;
    if (count > TOKENS_MAX) return `has more than ${String(TOKENS_MAX)} words and signs`;
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > STACK_MAX) return 'is nested too deep';
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}

interface Walk {
  readonly lines: LineCounter;
  readonly faults: PolicyFault[];
}

function valueOf(node: Node | null, path: string, walk: Walk): Given | undefined {
  if (node === null) return null;
  if (isAlias(node)) {
    walk.faults.push({ path, reason: `is an alias (*${node.source}): write out what it stands for` });
    return undefined;
  }
  if (node.tag !== undefined && !CORE_TAGS.has(node.tag)) {
    walk.faults.push({ path, reason: `must not have a tag (${node.tag})` });
    return undefined;
  }
  if (isMap<Node, Node | null>(node)) return mapOf(node.items, path, walk);
  if (isSeq<Node | null>(node)) {
    const elements = node.items.map((element, index) => valueOf(element, `${path}[${String(index)}]`, walk));
    return elements.filter((element) => element !== undefined);
  }
  return isScalar(node) ? (node.value as Given) : null;
}

function mapOf(
  pairs: readonly { readonly key: Node; readonly value: Node | null }[],
  path: string,
  walk: Walk,
): GivenMap {
  const values = new Map<string, Given>();
  const linesByKey = new Map<string, number>();
  for (const { key: node, value: valueNode } of pairs) {
    const key = isScalar(node) ? String(node.value) : '';
    const place = pathTo(path, key);
    const { line } = walk.lines.linePos(node.range?.[0] ?? 0);
    const lineBefore = linesByKey.get(key);
    linesByKey.set(key, line);
    if (lineBefore !== undefined) {
      walk.faults.push({ path: place, reason: `stands in line ${String(lineBefore)} and in line ${String(line)}` });
    } else if (FORBIDDEN_KEYS.has(key)) {
      walk.faults.push({ path: place, reason: 'is a key that no document may have' });
    } else {
      const value = valueOf(valueNode, place, walk);
      if (value !== undefined) values.set(key, value);
    }
  }
  return values;
}
