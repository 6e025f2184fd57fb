import { NotUnderstood } from './not-understood.js';
import { tokensOf } from './tokens.js';
import type { Token } from './tokens.js';

const END: Token = { kind: 'end', text: '' };

/** Tokens one after another. Words and signs are asked for by what they are. */
export class TokenReader {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(text: string) {
    this.tokens = tokensOf(text);
  }

  peek(ahead = 0): Token {
    return this.tokens[this.at + ahead] ?? END;
  }

  next(): Token {
    const token = this.peek();
    this.at += 1;
    return token;
  }

  /** Whether the words or signs come next. */
  sees(...texts: readonly string[]): boolean {
    return texts.every((text, ahead) => {
      const token = this.peek(ahead);
      return (token.kind === 'word' || token.kind === 'sign') && token.text === text;
    });
  }

  /** Takes the words or signs if they come next. */
  takes(...texts: readonly string[]): boolean {
    if (!this.sees(...texts)) return false;
    this.at += texts.length;
    return true;
  }

  expect(...texts: readonly string[]): void {
    if (!this.takes(...texts)) throw new NotUnderstood(`${texts.join(' ')} is expected before ${this.rest()}`);
  }

  name(): string {
    const token = this.next();
    if (token.kind !== 'word' && token.kind !== 'quoted') {
      throw new NotUnderstood(`a name is expected, not ${JSON.stringify(token.text)}`);
    }
    return token.text;
  }

  end(): void {
    if (this.peek().kind !== 'end') throw new NotUnderstood(`it goes on with ${this.rest()}`);
  }

  list<T>(read: () => T): T[] {
    const items = [read()];
    while (this.takes(',')) items.push(read());
    return items;
  }

  private rest(): string {
    const rest = this.tokens.slice(this.at, this.at + 6).map(({ text }) => text);
    return JSON.stringify(rest.join(' '));
  }
}
