import { takeDay, takeFacts } from '@retention/customer';
import type { CustomerEvent, CustomerFact, CustomerState, Taken } from '@retention/customer';
import type { StreamAppend } from '@retention/event-store';
import { snapshotIfDue, streamOf } from '../aggregates.js';
import type { Aggregate, Aggregates } from '../aggregates.js';
import { isCertain } from '../deadlines.js';
import type { Deadline } from '../deadlines.js';
import type { Governance } from '../governance.js';
import type { Outcome } from '../message.js';
import { letterOf } from './dead-letters.js';
import type { DeadLetter } from './dead-letters.js';
import { errorText, isOfTheProcess, keptLetter, keptOutcome } from './parked.js';
import type { CustomerFailure } from './parked.js';
import type { PreparedBatch } from './prepared.js';
import type { Accepted } from './reception.js';

/** So many customers, and not one of them can be decided: it is the product that fails, or what it decides under. */
const EVERYBODY_CUSTOMERS_MIN = 100;

/** Nobody of many can be decided. It is not their fault: nobody is parked, and nothing goes on. */
export class NobodyDecided extends Error {
  override readonly name = 'NobodyDecided';
}

/** What the customers of a batch come to, each on their own: one who cannot be decided stops none of the others. */
export class CustomerDecisions {
  readonly appends = new Map<string, StreamAppend>();
  readonly deadlines = new Map<string, Deadline>();
  readonly setAside = new Map<string, readonly DeadLetter[]>();
  readonly failures = new Map<string, CustomerFailure>();

  /** `outcomes` of the items: those of a customer's facts become what they come to. */
  constructor(
    private readonly batch: PreparedBatch,
    private readonly aggregates: Aggregates,
    private readonly outcomes: Outcome[],
  ) {}

  /** @throws NobodyDecided, and errors of the process, whosever turn it was. */
  decideAll(facts: ReadonlyMap<string, readonly Accepted[]>, customerIds: readonly string[], under: Governance): void {
    for (const customerId of customerIds) this.decide(customerId, facts.get(customerId) ?? [], under);
    if (customerIds.length >= EVERYBODY_CUSTOMERS_MIN && this.failures.size === customerIds.length) {
      const [first] = this.failures.values();
      throw new NobodyDecided(`none of ${customerIds.length} customers can be decided: ${first?.error ?? ''}`);
    }
  }

  /** Decides a customer anew, after they were loaded again. */
  decideAgain(customerId: string, accepted: readonly Accepted[], under: Governance): void {
    for (const { index, incoming } of accepted) {
      if (index !== null) this.outcomes[index] = { status: 'accepted', factId: incoming.factId };
    }
    this.failures.delete(customerId);
    this.decide(customerId, accepted, under);
  }

  private decide(customerId: string, accepted: readonly Accepted[], under: Governance): void {
    const aggregate = this.aggregates.get(customerId);
    if (aggregate === undefined) {
      const damage = this.aggregates.damageOf(customerId);
      if (damage === undefined) throw new Error(`customer ${customerId} was not loaded for this batch`);
      this.fail(customerId, accepted, damage.error);
      this.appends.delete(customerId);
      return;
    }
    const expectedVersion = aggregate.state.version;
    try {
      this.takeInto(customerId, aggregate, accepted, under);
    } catch (error) {
      if (isOfTheProcess(error)) throw error;
      // How far its state has moved is not known.
      this.aggregates.evict([customerId]);
      this.fail(customerId, accepted, error);
      // Parked as they stand at this version: if somebody has moved them meanwhile, they are decided again first.
      this.appends.set(customerId, { streamId: streamOf(customerId), expectedVersion, events: [], snapshot: null });
    }
  }

  private takeInto(customerId: string, aggregate: Aggregate, accepted: readonly Accepted[], under: Governance): void {
    const { state } = aggregate;
    const expectedVersion = state.version;
    const { events, wakeOn } = take(state, accepted, { isDue: this.batch.due.has(customerId), under });
    const append = {
      streamId: streamOf(customerId),
      expectedVersion,
      events: events.map((event, place) => ({
        type: event.type,
        payload: JSON.stringify(event),
        origin: accepted[place]?.origin ?? null,
      })),
      snapshot: snapshotIfDue(aggregate),
    };
    this.noteDeadline(customerId, aggregate, { isNew: expectedVersion === 0, dueOn: wakeOn, under });
    for (const { incoming, index } of accepted) {
      if (index !== null && state.waiting.has(incoming.factId)) {
        this.outcomes[index] = { status: 'parked', factId: incoming.factId };
      }
    }
    this.setAside.set(customerId, this.nameSetAside(append.streamId, events, accepted));
    this.appends.set(customerId, append);
  }

  /** Keeps what was to be taken in as letters, or leaves it where it is kept already. */
  private fail(customerId: string, accepted: readonly Accepted[], error: unknown): void {
    this.deadlines.delete(customerId);
    const only = accepted.length === 1 ? accepted[0] : undefined;
    const { factId } = only?.incoming ?? { factId: null };
    this.failures.set(customerId, { customerId, error: errorText(error), factId, origin: only?.origin ?? null });
    const isTriedAgain = this.batch.operation?.tries === customerId;
    const letters: DeadLetter[] = [];
    for (const { index, incoming } of accepted) {
      const item = index === null ? undefined : this.batch.items[index];
      // What was to leave the waiting room stays there.
      if (index === null || item?.read.kind !== 'fact') continue;
      this.outcomes[index] = keptOutcome(incoming.factId, customerId);
      if (!isTriedAgain) letters.push(keptLetter(item, item.read, customerId));
    }
    this.setAside.set(customerId, letters);
  }

  /**
   * Writes what makes a day earlier than the kept one, what may do so because the kept one is not certain, and what is
   * known to be exact. Every customer has a row from the start.
   */
  private noteDeadline(customerId: string, aggregate: Aggregate, { isNew, dueOn, under }: NextDay): void {
    const isExact = this.batch.due.has(customerId);
    const kept = isCertain(aggregate.deadline, under) ? aggregate.deadline : null;
    const mayBeEarlier = dueOn !== null && (kept?.dueOn == null || dueOn < kept.dueOn);
    if (!isNew && !isExact && !mayBeEarlier) return;
    this.deadlines.set(customerId, { customerId, dueOn, isExact });
    const { policyRevision, parkedRevision } = under;
    if (isNew || isExact || kept !== null) aggregate.deadline = { dueOn, policyRevision, parkedRevision };
    else delete aggregate.deadline;
  }

  /** A fact set aside is in its stream and changes nothing; a dead letter makes a person see it. */
  private nameSetAside(stream: string, events: readonly CustomerEvent[], accepted: readonly Accepted[]): DeadLetter[] {
    const letters: DeadLetter[] = [];
    for (const event of events) {
      if (event.type !== 'fact-set-aside') continue;
      const reason = `the currency is not the one of loan ${event.loanId}`;
      const index = accepted.find(({ incoming }) => incoming.factId === event.factId)?.index ?? null;
      const item = index === null ? undefined : this.batch.items[index];
      const why = { code: event.reason, field: event.field, reason, factId: event.factId };
      if (index === null || item === undefined) {
        letters.push({ ...why, origin: { door: 'stream', stream }, headers: {}, bytes: null, kept: null });
      } else {
        letters.push(letterOf(item, why));
        this.outcomes[index] = { status: 'refused', ...why };
      }
    }
    return letters;
  }
}

interface NextDay {
  readonly isNew: boolean;
  readonly dueOn: string | null;
  readonly under: Governance;
}

function take(
  state: CustomerState,
  accepted: readonly Accepted[],
  { isDue, under }: { readonly isDue: boolean; readonly under: Governance },
): Taken {
  const facts = accepted.map(({ incoming }) => incoming.fact as CustomerFact);
  const taken = facts.length === 0 ? null : takeFacts(state, facts, under);
  if (taken !== null && !isDue) return taken;
  const { events, wakeOn } = takeDay(state, under);
  return { events: [...(taken?.events ?? []), ...events], wakeOn };
}
