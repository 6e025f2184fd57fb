import type { LockMode } from '../row.js';
import type { SqlType } from '../column-types.js';

/** What the parser makes of a statement. */

export type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type Node =
  | { readonly kind: 'column'; readonly table: string | null; readonly name: string }
  | { readonly kind: 'parameter'; readonly number: number }
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'cast'; readonly of: Node; readonly type: SqlType }
  | { readonly kind: 'compare'; readonly by: Comparison; readonly left: Node; readonly right: Node }
  | { readonly kind: 'calculate'; readonly by: '+' | '-' | '*'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'and' | 'or'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'not'; readonly of: Node }
  | { readonly kind: 'is-null'; readonly of: Node }
  | { readonly kind: 'is-distinct'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'any'; readonly of: Node; readonly array: Node }
  | { readonly kind: 'in-list'; readonly of: Node; readonly items: readonly Node[] }
  | {
      readonly kind: 'case';
      readonly branches: readonly { readonly when: Node; readonly then: Node }[];
      readonly otherwise: Node | null;
    }
  | { readonly kind: 'in-select'; readonly of: Node; readonly select: Select }
  | { readonly kind: 'one-of-select'; readonly select: Select }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Node[] };

export interface Item {
  readonly node: Node;
  readonly name: string;
}

export interface Source {
  readonly table: string;
  readonly alias: string;
}

export interface Select {
  readonly kind: 'select';
  /** Null = all columns. */
  readonly items: readonly Item[] | null;
  /** Null = none: SELECT 1. */
  readonly from: Source | null;
  readonly where: Node | null;
  readonly groupBy: readonly Node[];
  readonly orderBy: readonly { readonly node: Node; readonly descending: boolean }[];
  readonly limit: Node | null;
  readonly lock: { readonly mode: LockMode; readonly skipsLocked: boolean } | null;
}

export interface Assignment {
  readonly column: string;
  readonly node: Node;
}

export interface Update {
  readonly kind: 'update';
  readonly into: Source;
  readonly set: readonly Assignment[];
  readonly where: Node | null;
  readonly returning: readonly Item[];
}

export interface Delete {
  readonly kind: 'delete';
  readonly from: Source;
  readonly where: Node | null;
  readonly returning: readonly Item[];
}

/** Arrays side by side, as unnest makes rows of them. */
export interface Unnest {
  readonly args: readonly Node[];
  readonly alias: string;
  /** Empty = not named. */
  readonly columns: readonly string[];
}

export interface OnConflict {
  /** Columns of the key it is about; empty = any. */
  readonly columns: readonly string[];
  /** Null = DO NOTHING. */
  readonly set: readonly Assignment[] | null;
  readonly where: Node | null;
}

export interface Insert {
  readonly kind: 'insert';
  readonly into: Source;
  readonly columns: readonly string[];
  /** Null = all columns of the source. */
  readonly items: readonly Node[] | null;
  /** Null = one row of items. */
  readonly from: Unnest | null;
  readonly where: Node | null;
  readonly onConflict: OnConflict | null;
  readonly returning: readonly Item[];
}

export type Statement = Select | Update | Delete | Insert;
