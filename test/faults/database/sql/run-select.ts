import { shownAs } from '../column-types.js';
import type { LockMode, Values } from '../row.js';
import { AGGREGATES } from './calls.js';
import type { Compiled, CompiledItem, CompiledSelect, Expressions, Scope } from './compiled.js';
import type { Environment } from './environment.js';
import { lockedVersion } from './lock-row.js';
import type { Found } from './lock-row.js';
import { compileScan, scopeOf } from './scan.js';
import type { Scan } from './scan.js';
import type { Item, Node, Select } from './syntax.js';

interface Order {
  readonly of: Compiled['of'];
  readonly descending: boolean;
}

const NO_SCOPE: Scope = () => null;

export function compileSelect(select: Select, compiler: Expressions): CompiledSelect {
  const { from } = select;
  if (from === null) {
    const items = compileItems(select.items ?? [], compiler, NO_SCOPE);
    return {
      items,
      run: (_, emit) => {
        emit();
        return undefined;
      },
    };
  }
  const definition = compiler.definitionOf(from.table);
  const scope = scopeOf(definition, from);
  const all = Object.keys(definition.columns).map((name) => ({ node: columnNode(name), name }));
  const items = compileItems(select.items ?? all, compiler, scope);
  const scan = compileScan(compiler, from, select.where, scope);
  const order = select.orderBy.map(({ node, descending }) => ({ of: compiler.compile(node, scope).of, descending }));
  const limit = select.limit === null ? null : compiler.compileAs(select.limit, 'int8', scope);
  const limitOf = (environment: Environment): number => (limit?.of(environment) as number | null) ?? Infinity;
  if (isAggregate(select)) {
    const keys = select.groupBy.map((node) => compiler.compile(node, scope));
    return { items, run: (environment, emit) => emitGroups(environment, emit, { scan, keys, order }) };
  }
  const { lock } = select;
  if (lock === null)
    return { items, run: (environment, emit) => emitRows(environment, emit, { scan, order, limitOf }) };
  return { items, run: (environment, emit) => emitLocked(environment, emit, { scan, order, limitOf, lock }) };
}

export function compileItems(items: readonly Item[], compiler: Expressions, scope: Scope): CompiledItem[] {
  return items.map(({ node, name }) => ({ ...compiler.compile(node, scope), name }));
}

/** The row the environment is set to, as the driver gives it. */
export function shownRow(items: readonly CompiledItem[], environment: Environment): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const { name, type, of } of items) shown[name] = shownAs(type, of(environment));
  return shown;
}

function columnNode(name: string): Node {
  return { kind: 'column', table: null, name };
}

function isAggregate({ items, groupBy }: Select): boolean {
  return groupBy.length > 0 || (items ?? []).some(({ node }) => hasAggregate(node));
}

function hasAggregate(node: Node): boolean {
  if (node.kind === 'call') return AGGREGATES.has(node.name) || node.args.some(hasAggregate);
  return node.kind === 'cast' && hasAggregate(node.of);
}

interface Rows {
  readonly scan: Scan;
  readonly order: readonly Order[];
  readonly limitOf: (environment: Environment) => number;
}

function emitRows(environment: Environment, emit: () => void, { scan, order, limitOf }: Rows): undefined {
  const found = inOrder(scan.find(environment), order, environment, ({ seen }) => seen);
  const limit = Math.min(limitOf(environment), found.length);
  for (let at = 0; at < limit; at += 1) {
    environment.row = found[at]?.seen ?? null;
    emit();
  }
  return undefined;
}

/** In the order of what was seen before anything was locked: a row that has changed meanwhile keeps its place. */
async function emitLocked(
  environment: Environment,
  emit: () => void,
  { scan, order, limitOf, lock }: Rows & { readonly lock: { readonly mode: LockMode; readonly skipsLocked: boolean } },
): Promise<void> {
  const found: Found[] = inOrder(scan.find(environment), order, environment, ({ seen }) => seen);
  const { transaction, locks } = environment;
  let left = limitOf(environment);
  for (const one of found) {
    if (left <= 0) return;
    if (lock.skipsLocked && !locks.tryLock(transaction, one.row, lock.mode)) continue;
    let version = lockedVersion(environment, one, lock.mode, scan.holds);
    if (version instanceof Promise) version = await version;
    if (version === null) continue;
    environment.row = version;
    emit();
    left -= 1;
  }
}

function emitGroups(
  environment: Environment,
  emit: () => void,
  { scan, keys, order }: { readonly scan: Scan; readonly keys: readonly Compiled[]; readonly order: readonly Order[] },
): undefined {
  const groups = new Map<string, Values[]>();
  // Without GROUP BY there is one group, be it empty.
  if (keys.length === 0) groups.set('', []);
  for (const { seen } of scan.find(environment)) {
    environment.row = seen;
    const key = keys.map(({ of }) => JSON.stringify(of(environment))).join();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [seen]);
    else group.push(seen);
  }
  const set = (group: readonly Values[]): Values | null => {
    environment.group = group;
    return group[0] ?? null;
  };
  for (const group of inOrder([...groups.values()], order, environment, set)) {
    environment.row = set(group);
    emit();
  }
  return undefined;
}

/** Sorted by what the order expressions say of each; null comes last, and first when descending. */
function inOrder<T>(
  items: T[],
  order: readonly Order[],
  environment: Environment,
  rowOf: (item: T) => Values | null,
): T[] {
  if (order.length === 0 || items.length < 2) return items;
  const keyed = items.map((item) => {
    environment.row = rowOf(item);
    return { item, keys: order.map(({ of }) => of(environment)) };
  });
  keyed.sort((one, other) => {
    for (let at = 0; at < order.length; at += 1) {
      const difference = differenceOf(one.keys[at], other.keys[at]);
      if (difference !== 0) return order[at]?.descending === true ? -difference : difference;
    }
    return 0;
  });
  return keyed.map(({ item }) => item);
}

function differenceOf(one: unknown, other: unknown): number {
  if (one === other) return 0;
  if (one === null) return 1;
  if (other === null) return -1;
  return (one as number) < (other as number) ? -1 : 1;
}
