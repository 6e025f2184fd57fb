import type { SqlType } from '../column-types.js';
import type { Compiled, Expressions, Scope } from './compiled.js';
import type { Environment } from './environment.js';
import { NotUnderstood } from './not-understood.js';
import type { Node } from './syntax.js';

type Call = Extract<Node, { kind: 'call' }>;

export const AGGREGATES: ReadonlySet<string> = new Set(['count', 'sum', 'min', 'max']);

/** count(*), sum, min and max over a group, and the few functions of values the product calls. */
export function compileCall(compiler: Expressions, { name, args }: Call, scope: Scope): Compiled {
  if (name === 'now') return { type: 'timestamptz', of: ({ transaction }) => transaction.startedAt };
  if (name === 'count' && args.length === 0) return { type: 'int8', of: ({ group }) => group.length };
  const compiled = args.map((arg) => compiler.compile(arg, scope));
  const [first] = compiled;
  if (first === undefined) throw new NotUnderstood(`${name}()`);
  switch (name) {
    case 'sum':
      return aggregate(first, first.type === 'int8' ? 'numeric' : 'int8', (one, other) => one + other);
    case 'min':
      return aggregate(first, first.type, (one, other) => (other < one ? other : one));
    case 'max':
      return aggregate(first, first.type, (one, other) => (other > one ? other : one));
    case 'coalesce':
      return coalesce(compiled);
    case 'greatest':
      return greatest(compiled);
    case 'octet_length':
      return { type: 'int4', of: (environment) => (first.of(environment) as Buffer | null)?.length ?? null };
    case 'epoch':
      return mapped(first, 'numeric', (milliseconds) => milliseconds / 1000);
    case 'floor':
      // The server reckons in decimals, where a millisecond is no fraction that has been rounded.
      return mapped(first, 'numeric', (value) => Math.floor(value + 1e-6));
    case 'current_setting':
      return setting(first);
    default:
      throw new NotUnderstood(`function ${name}`);
  }
}

function aggregate({ of }: Compiled, type: SqlType | null, add: (one: number, other: number) => number): Compiled {
  return {
    type,
    of: (environment) => {
      const { row } = environment;
      let result: number | null = null;
      for (const one of environment.group) {
        environment.row = one;
        const value = of(environment) as number | null;
        if (value !== null) result = result === null ? value : add(result, value);
      }
      environment.row = row;
      return result;
    },
  };
}

/** With the type of those that have one. */
function alike(compiled: readonly Compiled[]): { readonly type: SqlType | null; readonly parts: readonly Compiled[] } {
  const type = compiled.find((one) => one.type !== null)?.type ?? null;
  return { type, parts: type === null ? compiled : compiled.map((one) => one.as?.(type) ?? one) };
}

function coalesce(compiled: readonly Compiled[]): Compiled {
  const { type, parts } = alike(compiled);
  return {
    type,
    of: (environment) => {
      for (const { of } of parts) {
        const value = of(environment);
        if (value !== null) return value;
      }
      return null;
    },
  };
}

function greatest(compiled: readonly Compiled[]): Compiled {
  const { type, parts } = alike(compiled);
  return {
    type,
    of: (environment) => {
      const values = parts.map(({ of }) => of(environment)).filter((value) => value !== null);
      return values.length === 0 ? null : Math.max(...(values as number[]));
    },
  };
}

function mapped({ of }: Compiled, type: SqlType, map: (value: number) => number): Compiled {
  return {
    type,
    of: (environment) => {
      const value = of(environment) as number | null;
      return value === null ? null : map(value);
    },
  };
}

function setting({ of }: Compiled): Compiled {
  return {
    type: 'text',
    of: (environment: Environment) => {
      const name = of(environment);
      if (name !== 'synchronous_commit') throw new NotUnderstood(`setting ${String(name)}`);
      return environment.transaction.isSynchronous ? 'on' : 'off';
    },
  };
}
