import { NotUnderstood } from './not-understood.js';

export interface Token {
  readonly kind: 'word' | 'quoted' | 'number' | 'string' | 'parameter' | 'sign' | 'end';
  /** Words of the language in upper case are compared as they are written: the product writes them so. */
  readonly text: string;
}

const TOKEN =
  /\s*(?:(\$\d+)|(\d+(?:\.\d+)?)|'((?:[^']|'')*)'|"([^"]+)"|([A-Za-z_]\w*)|(::|<=|>=|<>|[-+*/=<>(),.[\]]))/y;

export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== '') {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw new NotUnderstood(`${JSON.stringify(text.slice(from, from + 20))} is no word of it`);
    const [, parameter, number, string, quoted, word, sign] = match;
    if (parameter !== undefined) tokens.push({ kind: 'parameter', text: parameter.slice(1) });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (string !== undefined) tokens.push({ kind: 'string', text: string.replaceAll("''", "'") });
    else if (quoted !== undefined) tokens.push({ kind: 'quoted', text: quoted });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else tokens.push({ kind: 'sign', text: sign ?? '' });
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}
