import type { SqlType } from './column-types.js';
import type { Holder, Row, Values } from './row.js';

export interface UniqueKey {
  readonly constraint: string;
  readonly columns: readonly string[];
}

/** What a column holds that an insert does not name. */
export type Default = 'now' | 'identity' | { readonly value: string | number | boolean };

export interface TableDefinition {
  /** With its schema: `store.event`. */
  readonly name: string;
  readonly columns: Readonly<Record<string, SqlType>>;
  readonly nullable?: readonly string[];
  /** The primary key first. */
  readonly unique: readonly UniqueKey[];
  /** Rows with the same value of `group` are found at once, in the order of `by`. */
  readonly ordered?: readonly { readonly group: string; readonly by: string }[];
  readonly defaults?: Readonly<Record<string, Default>>;
  /** What the migrations put into it. */
  readonly rows?: readonly Readonly<Record<string, unknown>>[];
  /** Every change but an insert is refused with this code. */
  readonly appendOnly?: { readonly code: string; readonly message: string };
}

type Key = unknown;

/** Rows of a table, committed or not, with the indexes that find them. */
export class Table {
  readonly rows = new Set<Row>();
  readonly required: readonly string[];
  private readonly uniques: readonly UniqueIndex[];
  private readonly groups: readonly OrderedIndex[];
  /** The next value of an identity column. It never goes back, whatever becomes of the transaction. */
  private identity = 1;

  constructor(readonly definition: TableDefinition) {
    const { columns, nullable = [], unique, ordered = [] } = definition;
    this.required = Object.keys(columns).filter((column) => !nullable.includes(column));
    this.uniques = unique.map((key) => new UniqueIndex(key));
    this.groups = ordered.map(({ group, by }) => new OrderedIndex(group, by));
  }

  get name(): string {
    return this.definition.name;
  }

  nextIdentity(): number {
    this.identity += 1;
    return this.identity - 1;
  }

  /** The server logs identities ahead: after a crash it goes on behind what it had logged. */
  skipIdentities(count: number): void {
    if (this.identity > 1) this.identity += count;
  }

  /** The row that holds a key these values would hold as well, and the key; not one the transaction itself has deleted. */
  conflicting(values: Values, transaction: Holder): { readonly row: Row; readonly key: UniqueKey } | null {
    for (const index of this.uniques) {
      const row = index.rows.get(index.keyOf(values));
      if (row === undefined || (row.writer === transaction && row.pending === null)) continue;
      return { row, key: index.key };
    }
    return null;
  }

  /** The row with the primary key of these values. */
  keyed(values: Values): Row | undefined {
    const primary = this.uniques[0];
    return primary?.rows.get(primary.keyOf(values));
  }

  /** Puts the row where its values belong; also back there, after it was taken out. */
  add(row: Row, values: Values): void {
    row.indexed = values;
    this.rows.add(row);
    for (const index of this.uniques) {
      const key = index.keyOf(values);
      const other = index.rows.get(key);
      if (other !== undefined && other !== row) row.shadowed = other;
      index.rows.set(key, row);
    }
    for (const index of this.groups) index.add(row, values);
  }

  remove(row: Row): void {
    const values = row.indexed;
    if (values === null) return;
    row.indexed = null;
    this.rows.delete(row);
    for (const index of this.uniques) {
      const key = index.keyOf(values);
      // The key may be another row's by now: deleted and inserted in one transaction.
      if (index.rows.get(key) === row) index.rows.delete(key);
    }
    for (const index of this.groups) index.remove(row, values);
  }

  /** Whether rows can be found by this one column. */
  isIndexed(column: string): boolean {
    return this.finder(column) !== null;
  }

  /** Rows whose column may hold the value: all that do are among them. */
  find(column: string, value: unknown): readonly Row[] {
    return this.finder(column)?.(value) ?? [];
  }

  /** Rows of a group in its order, from the first that is above. */
  *above(group: string, value: unknown, above: number): Iterable<Row> {
    const index = this.groups.find((one) => one.group === group);
    if (index === undefined) throw new Error(`${this.name} is not ordered within ${group}`);
    const rows = index.rowsOf(value);
    for (let at = index.firstAbove(rows, above); at < rows.length; at += 1) {
      const row = rows[at];
      if (row !== undefined) yield row;
    }
  }

  private finder(column: string): ((value: unknown) => readonly Row[]) | null {
    const unique = this.uniques.find(({ key }) => key.columns.length === 1 && key.columns[0] === column);
    if (unique !== undefined) {
      return (value) => {
        const row = unique.rows.get(value);
        if (row === undefined) return [];
        return row.shadowed === null ? [row] : [row, row.shadowed];
      };
    }
    const group = this.groups.find((one) => one.group === column);
    return group === undefined ? null : (value) => group.rowsOf(value);
  }
}

class UniqueIndex {
  readonly rows = new Map<Key, Row>();
  private readonly single: string | null;

  constructor(readonly key: UniqueKey) {
    this.single = key.columns.length === 1 ? (key.columns[0] ?? null) : null;
  }

  keyOf(values: Values): Key {
    if (this.single !== null) return values[this.single];
    let key = '';
    for (const column of this.key.columns) key += `${String(values[column])}\u0000`;
    return key;
  }
}

const NO_ROWS: Row[] = [];

class OrderedIndex {
  private readonly groups = new Map<unknown, Row[]>();
  private readonly places = new Map<Row, number>();

  constructor(
    readonly group: string,
    private readonly by: string,
  ) {}

  rowsOf(value: unknown): Row[] {
    return this.groups.get(value) ?? NO_ROWS;
  }

  add(row: Row, values: Values): void {
    if (this.places.has(row)) return;
    const place = values[this.by] as number;
    this.places.set(row, place);
    const rows = this.groups.get(values[this.group]);
    if (rows === undefined) this.groups.set(values[this.group], [row]);
    else rows.splice(this.firstAbove(rows, place), 0, row);
  }

  remove(row: Row, values: Values): void {
    if (!this.places.delete(row)) return;
    const rows = this.rowsOf(values[this.group]);
    rows.splice(rows.lastIndexOf(row), 1);
  }

  firstAbove(rows: readonly Row[], above: number): number {
    let from = 0;
    let to = rows.length;
    // Most are added at the end.
    if (to > 0 && this.placeAt(rows, to - 1) <= above) return to;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.placeAt(rows, middle) > above) to = middle;
      else from = middle + 1;
    }
    return from;
  }

  private placeAt(rows: readonly Row[], at: number): number {
    return this.places.get(rows[at] as Row) ?? 0;
  }
}
