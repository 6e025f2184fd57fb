import { valueOf } from '../column-types.js';
import type { SqlType } from '../column-types.js';
import { compileCall } from './calls.js';
import type { Compiled, CompiledSelect, Expressions, Scope } from './compiled.js';
import type { DefinitionOf } from './environment.js';
import { NotUnderstood } from './not-understood.js';
import type { Comparison, Node, Select } from './syntax.js';

export interface Subquery {
  readonly slot: number;
  readonly select: CompiledSelect;
  readonly result: 'first' | 'set';
}

export class Compiler implements Expressions {
  readonly subqueries: Subquery[] = [];
  private slots = 0;

  constructor(
    readonly definitionOf: DefinitionOf,
    private readonly compileSelect: (select: Select, expressions: Expressions) => CompiledSelect,
  ) {}

  compile(node: Node, scope: Scope): Compiled {
    switch (node.kind) {
      case 'column':
        return this.column(node, scope);
      case 'parameter':
        return this.parameter(node.number);
      case 'literal':
        return literal(node.value);
      case 'cast':
        return this.cast(this.compile(node.of, scope), node.type);
      case 'compare':
        return this.compare(node.by, node.left, node.right, scope);
      case 'calculate':
        return this.calculate(node, scope);
      case 'and':
      case 'or':
        return combine(node.kind, this.compile(node.left, scope), this.compile(node.right, scope));
      case 'not':
        return negate(this.compile(node.of, scope));
      case 'is-null': {
        const { of } = this.compile(node.of, scope);
        return { type: 'bool', of: (environment) => of(environment) === null };
      }
      case 'is-distinct': {
        const [left, right] = this.pair(node.left, node.right, scope);
        return { type: 'bool', of: (environment) => left.of(environment) !== right.of(environment) };
      }
      case 'any':
        return this.any(node.of, node.array, scope);
      case 'in-list':
        return this.inList(node.of, node.items, scope);
      case 'case':
        return this.caseOf(node, scope);
      case 'in-select':
        return this.inSelect(node.of, node.select, scope);
      case 'one-of-select':
        return this.oneOfSelect(node.select);
      case 'call':
        return compileCall(this, node, scope);
    }
  }

  compileAs(node: Node, type: SqlType, scope: Scope): Compiled {
    const compiled = this.compile(node, scope);
    return compiled.as?.(type) ?? compiled;
  }

  /** Both sides with the type of the one that has one. */
  private pair(one: Node, other: Node, scope: Scope): [Compiled, Compiled] {
    const left = this.compile(one, scope);
    const right = this.compile(other, scope);
    return [
      left.type === null && right.type !== null ? (left.as?.(right.type) ?? left) : left,
      right.type === null && left.type !== null ? (right.as?.(left.type) ?? right) : right,
    ];
  }

  private slot(): number {
    this.slots += 1;
    return this.slots - 1;
  }

  private column({ table, name }: Extract<Node, { kind: 'column' }>, scope: Scope): Compiled {
    const compiled = scope(table, name);
    if (compiled === null) throw new NotUnderstood(`column ${table === null ? '' : `${table}.`}${name}`);
    return compiled;
  }

  private parameter(number: number): Compiled {
    return {
      type: null,
      of: ({ values }) => values[number - 1] ?? null,
      as: (type) => {
        const slot = this.slot();
        return {
          type,
          of: ({ slots, values }) => {
            let value = slots[slot];
            if (value === undefined) value = slots[slot] = valueOf(type, values[number - 1]);
            return value;
          },
        };
      },
    };
  }

  private cast(compiled: Compiled, type: SqlType): Compiled {
    if (compiled.as !== undefined) return compiled.as(type);
    if (compiled.type === type) return compiled;
    return { type, of: (environment) => valueOf(type, compiled.of(environment)) };
  }

  private compare(by: Comparison, one: Node, other: Node, scope: Scope): Compiled {
    const [left, right] = this.pair(one, other, scope);
    const holds = COMPARE[by];
    return {
      type: 'bool',
      of: (environment) => {
        const value = left.of(environment);
        if (value === null) return null;
        const against = right.of(environment);
        return against === null ? null : holds(value as number, against as number);
      },
    };
  }

  private calculate(node: Extract<Node, { kind: 'calculate' }>, scope: Scope): Compiled {
    const left = this.compile(node.left, scope);
    const right = this.compile(node.right, scope);
    const type = left.type ?? right.type ?? 'int4';
    const one = left.as?.(type) ?? left;
    const other = right.as?.(type) ?? right;
    const calculate = CALCULATE[node.by];
    return {
      type,
      of: (environment) => {
        const value = one.of(environment);
        const further = other.of(environment);
        return value === null || further === null ? null : calculate(value as number, further as number);
      },
    };
  }

  private any(one: Node, array: Node, scope: Scope): Compiled {
    const left = this.compile(one, scope);
    const compiled = this.compile(array, scope);
    const elements = compiled.as?.(`${left.type ?? 'text'}[]` as SqlType) ?? compiled;
    const slot = this.slot();
    return {
      type: 'bool',
      of: (environment) => {
        const array = elements.of(environment) as unknown[] | null;
        if (array === null) return null;
        const set = (environment.slots[slot] ??= new Set(array)) as Set<unknown>;
        return isAmong(set, left.of(environment));
      },
    };
  }

  /** The same as comparing with each, one OR the other. */
  private inList(of: Node, items: readonly Node[], scope: Scope): Compiled {
    return items.map((item) => this.compare('=', of, item, scope)).reduce((any, one) => combine('or', any, one));
  }

  private caseOf({ branches, otherwise }: Extract<Node, { kind: 'case' }>, scope: Scope): Compiled {
    const conditions = branches.map(({ when }) => this.compile(when, scope));
    const results = [...branches.map(({ then }) => then), otherwise ?? NULL].map((node) => this.compile(node, scope));
    const type = results.find((result) => result.type !== null)?.type ?? null;
    const typed = results.map((result) => (type === null ? result : (result.as?.(type) ?? result)));
    return {
      type,
      of: (environment) => {
        const at = conditions.findIndex(({ of }) => of(environment) === true);
        return typed.at(at)?.of(environment) ?? null;
      },
    };
  }

  private inSelect(one: Node, select: Select, scope: Scope): Compiled {
    const left = this.compile(one, scope);
    const slot = this.subquery(select, 'set');
    return {
      type: 'bool',
      of: (environment) => isAmong(environment.slots[slot] as Set<unknown>, left.of(environment)),
    };
  }

  private oneOfSelect(select: Select): Compiled {
    const slot = this.subquery(select, 'first');
    const type = this.subqueries.find((one) => one.slot === slot)?.select.items[0]?.type ?? null;
    return { type, of: ({ slots }) => slots[slot] ?? null };
  }

  /** Those inside it come before it: they are run in this order. */
  private subquery(select: Select, result: Subquery['result']): number {
    const compiled = this.compileSelect(select, this);
    const slot = this.slot();
    this.subqueries.push({ slot, select: compiled, result });
    return slot;
  }
}

/** Nobody knows whether an unknown value is in a set, nor whether a set with an unknown value in it has another. */
function isAmong(set: ReadonlySet<unknown>, value: unknown): boolean | null {
  if (set.size === 0) return false;
  if (value === null) return null;
  return set.has(value) || (set.has(null) ? null : false);
}

const NULL: Node = { kind: 'literal', value: null };

function literal(value: string | number | boolean | null): Compiled {
  if (typeof value === 'number') return { type: Number.isInteger(value) ? 'int4' : 'numeric', of: () => value };
  if (typeof value === 'boolean') return { type: 'bool', of: () => value };
  return {
    type: null,
    of: () => value,
    as: (type) => {
      const typed = valueOf(type, value);
      return { type, of: () => typed };
    },
  };
}

function negate({ of }: Compiled): Compiled {
  return {
    type: 'bool',
    of: (environment) => {
      const value = of(environment);
      return value === null ? null : value !== true;
    },
  };
}

/** AND is false and OR is true as soon as one side is, whatever the other. */
function combine(by: 'and' | 'or', left: Compiled, right: Compiled): Compiled {
  const decides = by === 'or';
  return {
    type: 'bool',
    of: (environment) => {
      const one = left.of(environment);
      if (one === decides) return decides;
      const other = right.of(environment);
      if (other === decides) return decides;
      return one === null || other === null ? null : !decides;
    },
  };
}

const COMPARE: Readonly<Record<Comparison, (one: number, other: number) => boolean>> = {
  '=': (one, other) => one === other,
  '<>': (one, other) => one !== other,
  '<': (one, other) => one < other,
  '<=': (one, other) => one <= other,
  '>': (one, other) => one > other,
  '>=': (one, other) => one >= other,
};

const CALCULATE = {
  '+': (one: number, other: number): number => one + other,
  '-': (one: number, other: number): number => one - other,
  '*': (one: number, other: number): number => one * other,
} as const;
