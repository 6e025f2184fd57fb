import { seededRandom } from './random.js';
import type { Endpoint, StatusName } from './rpc-errors.js';

/** Both kinds of append together, reads that end, and reads that go on. */
export type FaultTarget = 'append' | 'read' | 'subscription';

export type AppendFault =
  /** Nothing is written, and the call fails. A batch append fails with all that is in flight on its call. */
  | { readonly kind: 'error-before'; readonly code?: StatusName }
  /** Written, then the call fails. */
  | { readonly kind: 'error-after'; readonly code?: StatusName }
  /** Written at once, answered `ms` later. */
  | { readonly kind: 'late'; readonly ms: number }
  /** Never answered. */
  | { readonly kind: 'never'; readonly written: boolean }
  /** Every connection breaks, without an answer. */
  | { readonly kind: 'drop-connections'; readonly written: boolean }
  | { readonly kind: 'not-leader'; readonly leader?: Endpoint }
  /**
   * Written by the leader, but not replicated for `ms`, or until `replicate()`: neither it nor what follows is readable or
   * answered until then, and a repetition in the meantime is dropped for good.
   */
  | { readonly kind: 'not-replicated'; readonly ms?: number };

export type ReadFault =
  | { readonly kind: 'error-before'; readonly code?: StatusName }
  /** Fails behind half of the events there are to send. */
  | { readonly kind: 'error-halfway'; readonly code?: StatusName }
  | { readonly kind: 'late'; readonly ms: number }
  | { readonly kind: 'never' }
  | { readonly kind: 'drop-connections' }
  | { readonly kind: 'not-leader'; readonly leader?: Endpoint };

/** Strikes behind so many events; without a number at once, before the first. */
export type SubscriptionFault = { readonly afterEvents?: number } & (
  | { readonly kind: 'error'; readonly code?: StatusName }
  /** The server ends the call in order, as if there were nothing more. */
  | { readonly kind: 'end' }
  /** Neither events nor checkpoints, for `ms` or for good. The call stays open. */
  | { readonly kind: 'freeze'; readonly ms?: number }
  | { readonly kind: 'drop-connections' }
  | { readonly kind: 'not-leader'; readonly leader?: Endpoint }
);

export interface FaultOf {
  readonly append: AppendFault;
  readonly read: ReadFault;
  readonly subscription: SubscriptionFault;
}

type KindOf<T extends FaultTarget> = FaultOf[T]['kind'];

/** A seed, and the probability of each kind of fault for each call. What is left out never happens. */
export interface RandomFaults {
  readonly seed: number;
  readonly rates: { readonly [T in FaultTarget]?: Readonly<Partial<Record<KindOf<T>, number>>> };
  /** How long `late`, `not-replicated` and `freeze` last at most; 50 when left out. */
  readonly longestMs?: number;
  /** Behind how many events a subscription is struck at most; 500 when left out. */
  readonly mostEventsBefore?: number;
}

/** The name of a stream (`$all` for the log), or what to look for in it. */
export type WhereToStrike = string | ((stream: string) => boolean);

interface Scripted<T extends FaultTarget> {
  readonly fault: FaultOf[T];
  readonly where: WhereToStrike | undefined;
}

type Queues = { readonly [T in FaultTarget]: Scripted<T>[] };

/** How the double misbehaves: by script, call by call, or by chance with a seed. A scripted fault goes first. */
export class Faults {
  private readonly scripted: Queues = { append: [], read: [], subscription: [] };
  private readonly struck = new Map<string, number>();
  private chance: { readonly plan: RandomFaults; readonly random: () => number } | undefined;

  /** The next call of this kind, or the next for this stream, is struck; several wait in line. */
  next<T extends FaultTarget>(target: T, fault: FaultOf[T], where?: WhereToStrike): void {
    (this.scripted[target] as Scripted<T>[]).push({ fault, where });
  }

  /** From now on chance strikes. */
  randomly(plan: RandomFaults): void {
    this.chance = { plan, random: seededRandom(plan.seed) };
  }

  /** No more faults, neither by chance nor by script. What was struck already stays so. */
  stop(): void {
    this.chance = undefined;
    for (const queue of Object.values(this.scripted)) queue.length = 0;
  }

  /** How often each kind struck, as `append:late`. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.struck);
  }

  /** What happens to this call: asked once, when it comes. */
  strike<T extends FaultTarget>(target: T, stream: string): FaultOf[T] | undefined {
    const fault = this.byScript(target, stream) ?? this.byChance(target);
    if (fault === undefined) return undefined;
    const name = `${target}:${fault.kind}`;
    this.struck.set(name, (this.struck.get(name) ?? 0) + 1);
    return fault;
  }

  private byScript<T extends FaultTarget>(target: T, stream: string): FaultOf[T] | undefined {
    const queue = this.scripted[target] as Scripted<T>[];
    const at = queue.findIndex(({ where }) => matches(where, stream));
    return at < 0 ? undefined : queue.splice(at, 1)[0]?.fault;
  }

  private byChance<T extends FaultTarget>(target: T): FaultOf[T] | undefined {
    const rates = this.chance?.plan.rates[target];
    if (this.chance === undefined || rates === undefined) return undefined;
    const { plan, random } = this.chance;
    let left = random();
    for (const [kind, rate] of Object.entries(rates) as [KindOf<T>, number][]) {
      left -= rate;
      if (left < 0) return drawn(kind, target, plan, random);
    }
    return undefined;
  }
}

const RANDOM_CODES = ['UNAVAILABLE', 'CANCELLED', 'UNKNOWN'] as const;

/** Every fault gets every setting; each kind reads its own. */
function drawn<T extends FaultTarget>(
  kind: KindOf<T>,
  target: T,
  plan: RandomFaults,
  random: () => number,
): FaultOf[T] {
  const fault = {
    kind,
    code: RANDOM_CODES[Math.floor(random() * RANDOM_CODES.length)],
    ms: Math.ceil(random() * (plan.longestMs ?? 50)),
    written: random() < 0.5,
    ...(target === 'subscription' ? { afterEvents: Math.floor(random() * ((plan.mostEventsBefore ?? 500) + 1)) } : {}),
  };
  return fault as unknown as FaultOf[T];
}

function matches(where: WhereToStrike | undefined, stream: string): boolean {
  if (where === undefined) return true;
  return typeof where === 'string' ? where === stream : where(stream);
}
