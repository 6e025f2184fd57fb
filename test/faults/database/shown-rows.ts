import { shownAs } from './column-types.js';
import type { Values } from './row.js';
import type { Table } from './table.js';

export type ShownRow = Readonly<Record<string, unknown>>;

/** A version never changes, and checks read whole tables again and again. */
const SHOWN = new WeakMap<Values, ShownRow>();

/** What is committed of a table, as a driver gives it, in the order of the primary key. */
export function shownRows({ definition, rows }: Table): ShownRow[] {
  const committed: Values[] = [];
  for (const row of rows) if (row.committed !== null) committed.push(row.committed);
  const key = definition.unique[0]?.columns ?? [];
  committed.sort((one, other) => {
    const column = key.find((name) => one[name] !== other[name]);
    return column === undefined ? 0 : (one[column] as number) < (other[column] as number) ? -1 : 1;
  });
  const columns = Object.entries(definition.columns);
  return committed.map((values) => {
    const known = SHOWN.get(values);
    if (known !== undefined) return known;
    const shown: Record<string, unknown> = {};
    for (const [column, type] of columns) shown[column] = shownAs(type, values[column]);
    SHOWN.set(values, shown);
    return shown;
  });
}
