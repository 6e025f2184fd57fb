import ts from 'typescript';

const BLOCK = /^describe/;
/** Also `itWithOwnBroker` and its like, which switch a test off where it cannot run. */
const TEST = /^(it|test)([A-Z]|$)/;
/** What Jest puts a value in the place of, and what a template does. */
const VALUE = /%[sdifjopc#%]|\$\{[^}]*\}|\$[\w.]+/;

/** A title as it stands in the source, with what surrounds it; a value in it is written as the source writes it. */
export interface TestTitle {
  readonly title: string;
  /** Switched off where it stands, not on condition. */
  readonly isSkipped: boolean;
}

/** Every test a file has, by its full title as Jest shows it: the titles of its blocks and its own, with a space between. */
export function testTitles(source: string): TestTitle[] {
  const titles: TestTitle[] = [];
  visit(ts.createSourceFile('spec.ts', source, ts.ScriptTarget.Latest), [], false);
  return titles;

  function visit(node: ts.Node, blocks: readonly string[], isSkipped: boolean): void {
    const call = ts.isCallExpression(node) ? calledFunction(node) : null;
    if (call === null) {
      ts.forEachChild(node, (child) => {
        visit(child, blocks, isSkipped);
      });
      return;
    }
    const path = [...blocks, call.title];
    const skipped = isSkipped || call.isSkipped;
    if (TEST.test(call.name)) titles.push({ title: path.join(' '), isSkipped: skipped });
    else for (const argument of call.rest) visit(argument, path, skipped);
  }
}

/** Whether a test is the one that is called so: a title with values in it stands for every one it can become. */
export function isCalled({ title }: TestTitle, name: string): boolean {
  if (title === name) return true;
  const pieces = title.split(new RegExp(VALUE, 'g')).map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${pieces.join('.+')}$`, 's').test(name);
}

interface Called {
  readonly name: string;
  readonly title: string;
  readonly isSkipped: boolean;
  readonly rest: readonly ts.Node[];
}

/** `describe(…)`, `it.each(rows)(…)` and their like; null for any other call. */
function calledFunction(node: ts.CallExpression): Called | null {
  const words: string[] = [];
  for (let callee: ts.Node = node.expression; ;) {
    if (ts.isCallExpression(callee)) callee = callee.expression;
    else if (ts.isTaggedTemplateExpression(callee)) callee = callee.tag;
    else if (ts.isPropertyAccessExpression(callee)) {
      words.unshift(callee.name.text);
      callee = callee.expression;
    } else if (ts.isIdentifier(callee)) {
      words.unshift(callee.text);
      break;
    } else return null;
  }
  const [name = ''] = words;
  const [first, ...rest] = node.arguments;
  if (first === undefined || (!TEST.test(name) && !BLOCK.test(name))) return null;
  // `it.each(rows)` without its title is a part of the call around it.
  if (
    words.at(-1) === 'each' &&
    !ts.isCallExpression(node.expression) &&
    !ts.isTaggedTemplateExpression(node.expression)
  ) {
    return null;
  }
  const title = titleOf(first);
  if (title === null) return null;
  return { name, title, isSkipped: words.includes('skip') || words.includes('todo'), rest };
}

/** A title that is not written out is whatever it becomes. */
function titleOf(node: ts.Expression): string | null {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    return [node.head.text, ...node.templateSpans.map(({ literal }) => `%s${literal.text}`)].join('');
  }
  return ts.isFunctionLike(node) ? null : '%s';
}
