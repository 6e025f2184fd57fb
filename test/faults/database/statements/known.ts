import type { Run } from '../sql/plan.js';

/** Which of the optional parts of a statement its text has. */
export type Parts = ReadonlySet<string>;

/** A statement known by its text. */
export interface Known {
  /** Null when the text is another one. */
  readonly match: (text: string) => Run | null;
}

/**
 * A statement whose text is written out. What stands in braces may be left out: `… WHERE key = $1{compares| AND next = $2}`.
 * The statement then does without it, as the real server would: a guard that somebody takes out is really out.
 */
export function known(template: string, run: (has: Parts) => Run): Known {
  const pieces = squeezed(template).split(/\{(\w+)\|([^}]*)\}/);
  const names: string[] = [];
  let pattern = '';
  for (let at = 0; at < pieces.length; at += 3) {
    pattern += ` ?${escaped((pieces[at] ?? '').trim())}`;
    const name = pieces[at + 1];
    if (name === undefined) continue;
    names.push(name);
    pattern += `(?: ?(${escaped((pieces[at + 2] ?? '').trim())}))?`;
  }
  const expression = new RegExp(`^${pattern}$`);
  return {
    match: (text) => {
      const found = expression.exec(text);
      if (found === null) return null;
      return run(new Set(names.filter((_, at) => found[at + 1] !== undefined)));
    },
  };
}

/** White space as it matters: not at all at the edges and inside parentheses, else once. */
export function squeezed(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/\( /g, '(').replace(/ \)/g, ')').trim();
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
