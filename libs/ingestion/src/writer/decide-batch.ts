import type { IncomingFact, Refusal } from '@retention/contracts';
import { takeDay, takeFacts } from '@retention/customer';
import type { CustomerEvent, CustomerFact, CustomerState, Taken } from '@retention/customer';
import type { Companion, NewEvent, StreamAppend } from '@retention/event-store';
import { customerOf, snapshotIfDue, streamOf } from '../aggregates.js';
import type { Aggregate, Aggregates } from '../aggregates.js';
import { keepDeadlines } from '../deadlines.js';
import type { Deadline } from '../deadlines.js';
import { CALENDAR_STREAM, decidedUnder } from '../governance.js';
import type { Governance } from '../governance.js';
import type { Outcome, RejectionCode } from '../message.js';
import { keepIdentities, keepLoanOwners, keepPending, keepPersonalData, releasePending } from './companions.js';
import type { PendingFact, PersonalStatement } from './companions.js';
import { keepDeadLetters } from './dead-letters.js';
import type { DeadLetter } from './dead-letters.js';
import { claimsLoan } from './prepared.js';
import type { PreparedBatch, ReadItem } from './prepared.js';

/** What a batch comes to: what to append, and what became of each item, in order. */
export interface DecidedBatch {
  readonly streams: readonly StreamAppend[];
  readonly companions: readonly Companion[];
  readonly outcomes: readonly Outcome[];
  readonly customerIds: readonly string[];
  readonly newIdentities: ReadonlyMap<string, string>;
  readonly newLoanOwners: ReadonlyMap<string, string>;
  /** Loans that got an owner, or a fact waiting for one: a release may be due once this batch is committed. */
  readonly loansToRelease: readonly string[];
  /** What governs once this batch is committed. */
  readonly governance: Governance;
}

interface Accepted {
  readonly incoming: Pick<IncomingFact, 'fact' | 'factId'>;
  readonly origin: string;
  /** Place among the items; null for a fact that leaves the waiting room. */
  readonly index: number | null;
}

/**
 * The decision of one prepared batch. Every customer it touches has to be in `aggregates`; their states move on at once.
 */
export class BatchDecision {
  private readonly outcomes: Outcome[] = [];
  private readonly deadLetters: DeadLetter[] = [];
  private readonly setAside = new Map<string, DeadLetter[]>();
  private readonly identities = new Map<string, string>();
  private readonly owners = new Map<string, string>();
  private readonly pending: PendingFact[] = [];
  private readonly personal: PersonalStatement[] = [];
  private readonly byCustomer = new Map<string, Accepted[]>();
  private readonly calendar: NewEvent[] = [];
  private readonly appends = new Map<string, StreamAppend>();
  private readonly deadlines = new Map<string, Deadline>();
  /** What governs once this batch is committed: a day it closes holds for all that is in it. */
  private governance: Governance;
  private unchanging: readonly Companion[] | null = null;

  constructor(
    private readonly batch: PreparedBatch,
    private readonly aggregates: Aggregates,
    private readonly governing: Governance,
  ) {
    this.governance = governing;
  }

  decide(): DecidedBatch {
    this.batch.items.forEach((item, index) => {
      this.outcomes.push(this.receive(item, index));
    });
    for (const { customerId, fact, origin } of this.batch.released) {
      this.give(customerId, { incoming: { fact, factId: fact.factId }, origin: JSON.stringify(origin), index: null });
    }
    for (const customerId of this.customerIds()) this.takeInto(customerId);
    return this.decided();
  }

  /**
   * Decides anew for the customers of streams that somebody else has moved, after they were loaded again. All others
   * stand as they were decided: their streams are where they were.
   */
  decideAgain(movedStreams: readonly string[]): DecidedBatch {
    for (const customerId of customersOf(movedStreams)) {
      for (const { index, incoming } of this.byCustomer.get(customerId) ?? []) {
        if (index !== null) this.outcomes[index] = { status: 'accepted', factId: incoming.factId };
      }
      this.takeInto(customerId);
    }
    return this.decided();
  }

  private customerIds(): string[] {
    return [...new Set([...this.byCustomer.keys(), ...this.batch.due])];
  }

  private decided(): DecidedBatch {
    const { calendar: events } = this;
    const streams = [...this.appends.values()];
    if (events.length > 0) {
      const expectedVersion = this.governing.calendarVersion;
      streams.push({ streamId: CALENDAR_STREAM, expectedVersion, events, snapshot: null });
    }
    return {
      streams,
      companions: this.companions(streams.length > 0),
      outcomes: this.outcomes,
      customerIds: this.customerIds(),
      newIdentities: this.identities,
      newLoanOwners: this.owners,
      loansToRelease: [...this.owners.keys(), ...this.pending.map(({ loanId }) => loanId)],
      governance: this.governance,
    };
  }

  private closeDay(read: IncomingFact, day: string, origin: string): void {
    this.calendar.push({ type: read.fact.type, payload: JSON.stringify(read.fact), origin });
    const { closedDay } = this.governance;
    this.governance = {
      ...this.governance,
      closedDay: day > closedDay ? day : closedDay,
      calendarVersion: this.governing.calendarVersion + this.calendar.length,
    };
  }

  private receive(item: ReadItem, index: number): Outcome {
    const { read } = item;
    if (read.kind === 'refusal') return this.refuse(item, read);
    const known = this.identities.get(read.identityKey) ?? this.batch.identities.get(read.identityKey);
    if (known !== undefined) return this.meetAgain(item, read, known);
    const owner = read.loanId === null ? undefined : this.ownerOf(read.loanId);
    if (claimsLoan(read) && owner !== undefined && owner !== read.customerId) {
      return this.refuse(item, {
        code: 'loan-of-another-customer',
        field: 'data.customerId',
        reason: `loan ${read.loanId} is another customer's; the first claim stands`,
        factId: read.factId,
      });
    }
    if (claimsLoan(read) && owner === undefined) this.owners.set(read.loanId, read.customerId);
    this.identities.set(read.identityKey, read.contentHash);
    return this.route(item, read, read.customerId ?? owner, index);
  }

  private route(item: ReadItem, read: IncomingFact, customerId: string | undefined, index: number): Outcome {
    const { factId } = read;
    const origin = JSON.stringify(item.origin);
    if (read.fact.type === 'business-day-closed') {
      this.closeDay(read, read.fact.day, origin);
      return { status: 'accepted', factId };
    }
    if (customerId !== undefined) {
      if (read.personal !== null) this.personal.push({ incoming: read, customerId });
      this.give(customerId, { incoming: read, origin, index });
      return { status: 'accepted', factId };
    }
    if (read.loanId === null) throw new Error(`${read.fact.type} names neither customer nor loan`);
    this.pending.push({ incoming: read, loanId: read.loanId, origin: item.origin });
    return { status: 'parked', factId };
  }

  private ownerOf(loanId: string): string | undefined {
    return this.owners.get(loanId) ?? this.batch.loanOwners.get(loanId);
  }

  private give(customerId: string, accepted: Accepted): void {
    const others = this.byCustomer.get(customerId);
    if (others === undefined) this.byCustomer.set(customerId, [accepted]);
    else others.push(accepted);
  }

  private meetAgain(item: ReadItem, read: IncomingFact, knownContent: string): Outcome {
    if (knownContent === read.contentHash) return { status: 'duplicate', factId: read.factId };
    const outcome = this.refuse(item, {
      code: 'conflicting-duplicate',
      field: 'id',
      reason: 'a fact with this source and id is known with other content; the first stands',
      factId: read.factId,
    });
    return { ...outcome, status: 'conflicting-duplicate' } as Outcome;
  }

  private refuse(item: ReadItem, why: Reason): Outcome {
    const { code, field, reason, factId } = why;
    this.deadLetters.push(letterOf(item, why));
    return { status: 'refused', code, field, reason, factId };
  }

  private takeInto(customerId: string): void {
    const accepted = this.byCustomer.get(customerId) ?? [];
    const aggregate = this.aggregates.get(customerId);
    if (aggregate === undefined) throw new Error(`customer ${customerId} was not loaded for this batch`);
    const { state } = aggregate;
    const expectedVersion = state.version;
    const { events, wakeOn } = this.take(state, accepted, this.batch.due.has(customerId));
    this.noteDeadline(customerId, aggregate, expectedVersion === 0, wakeOn);
    for (const { incoming, index } of accepted) {
      if (index !== null && state.waiting.has(incoming.factId)) {
        this.outcomes[index] = { status: 'parked', factId: incoming.factId };
      }
    }
    this.setAside.set(customerId, this.nameSetAside(streamOf(customerId), events, accepted));
    this.appends.set(customerId, {
      streamId: streamOf(customerId),
      expectedVersion,
      events: events.map((event, place) => ({
        type: event.type,
        payload: JSON.stringify(event),
        origin: accepted[place]?.origin ?? null,
      })),
      snapshot: snapshotIfDue(aggregate),
    });
  }

  private take(state: CustomerState, accepted: readonly Accepted[], isDue: boolean): Taken {
    const facts = accepted.map(({ incoming }) => incoming.fact as CustomerFact);
    const taken = facts.length === 0 ? null : takeFacts(state, facts, this.governance);
    if (taken !== null && !isDue) return taken;
    const { events, wakeOn } = takeDay(state, this.governance);
    return { events: [...(taken?.events ?? []), ...events], wakeOn };
  }

  /** Writes only what makes a day earlier than kept, or is known to be exact. Every customer has a row from the start. */
  private noteDeadline(customerId: string, aggregate: Aggregate, isNew: boolean, dueOn: string | null): void {
    const isExact = this.batch.due.has(customerId);
    const kept = aggregate.dueOn;
    const isEarlier = dueOn !== null && (kept === undefined || kept === null || dueOn < kept);
    if (!isNew && !isExact && !isEarlier) return;
    this.deadlines.set(customerId, { customerId, dueOn, isExact });
    aggregate.dueOn = dueOn;
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
        letters.push({ ...why, origin: { door: 'stream', stream }, headers: {}, bytes: null });
      } else {
        letters.push(letterOf(item, why));
        this.outcomes[index] = { status: 'refused', ...why };
      }
    }
    return letters;
  }

  /** Encoded once: what is decided again after a conflict changes nothing but deadlines and dead letters. */
  private companions(hasStreams: boolean): Companion[] {
    this.unchanging ??= [
      ...keepIdentities(this.identities),
      ...keepLoanOwners(this.owners),
      ...releasePending(this.batch.released.map(({ key }) => key)),
      ...keepPending(this.pending),
      ...keepPersonalData(this.personal),
    ];
    return [
      // First, see `decidedUnder`.
      ...(hasStreams ? [decidedUnder(this.governing, this.governance)] : []),
      ...this.unchanging,
      ...keepDeadlines([...this.deadlines.values()]),
      ...keepDeadLetters([...this.deadLetters, ...[...this.setAside.values()].flat()]),
    ];
  }
}

type Reason = Pick<Refusal, 'field' | 'reason' | 'factId'> & { readonly code: RejectionCode };

function letterOf({ message, origin }: ReadItem, { code, field, reason, factId }: Reason): DeadLetter {
  const { bytes, headers } = message ?? { bytes: null, headers: {} };
  return { code, field, reason, factId, origin, headers, bytes };
}

/** The customers among streams. */
export function customersOf(streamIds: readonly string[]): string[] {
  return streamIds.flatMap((streamId) => customerOf(streamId) ?? []);
}
