import type { Companion, StreamAppend } from '@retention/event-store';
import { customerOf } from '../aggregates.js';
import type { Aggregates } from '../aggregates.js';
import { keepDeadlines, waitForNoDay } from '../deadlines.js';
import { CALENDAR_STREAM, decidedUnder } from '../governance.js';
import type { Governance } from '../governance.js';
import type { Outcome } from '../message.js';
import { keepIdentities, keepLoanOwners, keepPending, keepPersonalData, releasePending } from './companions.js';
import { CustomerDecisions } from './customer-decisions.js';
import { keepDeadLetters } from './dead-letters.js';
import { OPERATIONS_STREAM } from './operation.js';
import type { Conclusion } from './operation.js';
import { parkCustomers } from './parked.js';
import type { PreparedBatch } from './prepared.js';
import { Reception } from './reception.js';

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
  /** Who is parked by it, or stays so. */
  readonly failed: readonly string[];
  /** What governs once this batch is committed. */
  readonly governance: Governance;
}

/**
 * The decision of one prepared batch. Every customer it touches has to be in `aggregates`; their states move on at once.
 */
export class BatchDecision {
  private readonly reception: Reception;
  private readonly decisions: CustomerDecisions;
  private customerIds: readonly string[] = [];
  /** What governs once this batch is committed: a day it closes holds for all that is in it. */
  private under: Governance;
  private unchanging: readonly Companion[] | null = null;

  constructor(
    private readonly batch: PreparedBatch,
    aggregates: Aggregates,
    private readonly governing: Governance,
  ) {
    this.reception = new Reception(batch, governing);
    this.decisions = new CustomerDecisions(batch, aggregates, this.reception.outcomes);
    this.under = governing;
  }

  decide(): DecidedBatch {
    const { reception, governing } = this;
    reception.receiveAll();
    const { calendar, closedDay } = reception;
    const calendarVersion = governing.calendarVersion + calendar.length;
    if (calendar.length > 0) this.under = { ...governing, closedDay, calendarVersion };
    const due = [...this.batch.due].filter((customerId) => !reception.isParked(customerId));
    this.customerIds = [...new Set([...reception.byCustomer.keys(), ...due])];
    this.decisions.decideAll(reception.byCustomer, this.customerIds, this.under);
    return this.decided();
  }

  /**
   * Decides anew for the customers of streams that somebody else has moved, after they were loaded again. All others
   * stand as they were decided: their streams are where they were.
   */
  decideAgain(movedStreams: readonly string[]): DecidedBatch {
    for (const customerId of customersOf(movedStreams)) {
      const couldNot = this.decisions.failures.has(customerId);
      this.decisions.decideAgain(customerId, this.reception.byCustomer.get(customerId) ?? [], this.under);
      if (couldNot !== this.decisions.failures.has(customerId)) this.unchanging = null;
    }
    return this.decided();
  }

  private decided(): DecidedBatch {
    const { reception, decisions } = this;
    const conclusion = this.conclude();
    const streams = [...decisions.appends.values()];
    if (reception.calendar.length > 0) {
      streams.push(nextIn(CALENDAR_STREAM, this.governing.calendarVersion, reception.calendar));
    }
    if (conclusion !== null) {
      streams.push(nextIn(OPERATIONS_STREAM, this.batch.operation?.recordVersion ?? 0, conclusion.events));
    }
    const governance = { ...this.under, ...this.parkedAfter(conclusion) };
    const rests = streams.length > 0 || decisions.failures.size > 0 || reception.keepsForParked;
    return {
      streams,
      companions: [
        // First, see `decidedUnder`.
        ...(rests ? [decidedUnder(this.governing, governance)] : []),
        ...this.companions(),
        ...(conclusion?.companions ?? []),
      ],
      outcomes: reception.outcomes,
      customerIds: this.customerIds,
      newIdentities: this.identities(),
      newLoanOwners: reception.owners,
      loansToRelease: [...reception.owners.keys(), ...reception.pending.map(({ loanId }) => loanId)],
      failed: [...decisions.failures.keys()],
      governance,
    };
  }

  private conclude(): Conclusion | null {
    const { operation } = this.batch;
    if (operation === null) return null;
    const failure = this.decisions.failures.get(operation.tries ?? '')?.error ?? null;
    return operation.operation.conclude({ outcomes: this.reception.outcomes, failure });
  }

  /** Who is parked once this batch is committed. */
  private parkedAfter(conclusion: Conclusion | null): Pick<Governance, 'parked' | 'parkedRevision'> {
    const { parked, parkedRevision } = this.governing;
    const tried = this.batch.operation?.tries ?? null;
    if (tried === null && this.decisions.failures.size === 0) return { parked, parkedRevision };
    const after = new Set([...parked, ...this.decisions.failures.keys()]);
    if (conclusion?.takesBack === true && tried !== null) after.delete(tried);
    const isSame = after.size === parked.size && [...after].every((customerId) => parked.has(customerId));
    return isSame ? { parked, parkedRevision } : { parked: after, parkedRevision: parkedRevision + 1 };
  }

  /** Facts of those who cannot be decided leave no identity: the same message, sent again, is new. */
  private identities(): Map<string, string> {
    const { identities, byCustomer } = this.reception;
    if (this.decisions.failures.size === 0) return identities;
    const kept = new Map(identities);
    for (const customerId of this.decisions.failures.keys()) {
      for (const { key, index } of byCustomer.get(customerId) ?? []) if (index !== null) kept.delete(key);
    }
    return kept;
  }

  /** What does not change when some are decided again, unless one of them can be decided now or cannot any more. */
  private companions(): Companion[] {
    const { reception, decisions } = this;
    const { failures } = decisions;
    const isDecided = ({ customerId }: { readonly customerId: string }): boolean => !failures.has(customerId);
    this.unchanging ??= [
      ...keepIdentities(this.identities()),
      ...keepLoanOwners(reception.owners),
      ...releasePending(this.releasedKeys()),
      ...keepPending(reception.pending),
      ...keepPersonalData(reception.personal.filter(isDecided)),
    ];
    return [
      ...this.unchanging,
      ...keepDeadlines([...decisions.deadlines.values()]),
      ...keepDeadLetters([...reception.deadLetters, ...[...decisions.setAside.values()].flat()]),
      ...waitForNoDay([...failures.keys()]),
      ...parkCustomers([...failures.values()]),
    ];
  }

  private releasedKeys(): string[] {
    if (this.batch.released.length === 0) return [];
    return [...this.reception.byCustomer].flatMap(([customerId, accepted]) =>
      this.decisions.failures.has(customerId)
        ? []
        : accepted.filter(({ index }) => index === null).map(({ key }) => key),
    );
  }
}

function nextIn(streamId: string, expectedVersion: number, events: StreamAppend['events']): StreamAppend {
  return { streamId, expectedVersion, events, snapshot: null };
}

/** The customers among streams. */
export function customersOf(streamIds: readonly string[]): string[] {
  return streamIds.flatMap((streamId) => customerOf(streamId) ?? []);
}
