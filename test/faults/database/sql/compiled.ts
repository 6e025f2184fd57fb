import type { SqlType } from '../column-types.js';
import type { DefinitionOf, Environment } from './environment.js';
import type { Node } from './syntax.js';

/** An expression made ready. Null = unknown, as SQL has it. */
export interface Compiled {
  /** Null where the parameter or literal takes the type of what it meets. */
  readonly type: SqlType | null;
  readonly of: (environment: Environment) => unknown;
  /** The value of a parameter or literal without a type, as the type it meets. */
  readonly as?: (type: SqlType) => Compiled;
}

export interface CompiledItem extends Compiled {
  readonly name: string;
}

export interface CompiledSelect {
  readonly items: readonly CompiledItem[];
  /** Calls `emit` for each row of the answer, with the environment set to it. Waits only where it locks rows. */
  readonly run: (environment: Environment, emit: () => void) => Promise<void> | undefined;
}

/** Says what a column stands for; null when it is none of this scope. */
export type Scope = (table: string | null, name: string) => Compiled | null;

/** Makes the expressions of one statement ready. */
export interface Expressions {
  readonly definitionOf: DefinitionOf;
  compile(node: Node, scope: Scope): Compiled;
  /** As a value of the type; a text stays one, as on the server. */
  compileAs(node: Node, type: SqlType, scope: Scope): Compiled;
}
