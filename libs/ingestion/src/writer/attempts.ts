import { Aggregates } from '../aggregates.js';
import { isCertain, keptDeadlines } from '../deadlines.js';
import { CALENDAR_STREAM, readGovernance } from '../governance.js';
import type { Governance } from '../governance.js';
import { NobodyDecided } from './customer-decisions.js';
import { BatchDecision, customersOf } from './decide-batch.js';
import type { DecidedBatch } from './decide-batch.js';
import type { FactWriterOptions } from './fact-writer-options.js';
import type { Group } from './group.js';
import { OPERATIONS_STREAM } from './operation.js';
import { OperationRecord } from './operation-record.js';
import { NOTHING_IN_FLIGHT, prepareBatch } from './prepare-batch.js';
import type { InFlight } from './prepare-batch.js';
import type { PreparedBatch } from './prepared.js';

/** Deciding itself failed: a fault of the product that one of the joined submissions has met. */
export class DecisionFailed extends Error {
  override readonly name = 'DecisionFailed';
}

/** A group as it stands before one try to commit it. */
export interface Attempt {
  readonly batch: PreparedBatch;
  readonly decision: BatchDecision;
  readonly decided: DecidedBatch;
  /** False once it is not what was decided first, except for what other writers had moved. */
  readonly isFirst: boolean;
}

/** Decides groups one after the other, on what it remembers of customers and of what governs. */
export class Attempts {
  private readonly aggregates: Aggregates;
  private readonly record: OperationRecord;
  private governance: Governance | null = null;

  constructor(private readonly options: Omit<FactWriterOptions, 'batchFacts'>) {
    this.aggregates = new Aggregates(options.store, options.cacheCustomers);
    this.record = new OperationRecord(options.store);
  }

  prepare(group: Group, inFlight: InFlight): Promise<PreparedBatch> {
    const { database, reader } = this.options;
    const { aggregates, record } = this;
    const parked = this.governance?.parked ?? new Set();
    return prepareBatch({ database, reader, aggregates, record, parked }, group, inFlight);
  }

  async first(group: Group, prepared: Promise<PreparedBatch | null> | null): Promise<Attempt> {
    const batch = (await prepared) ?? (await this.prepare(group, NOTHING_IN_FLIGHT));
    const governance = (this.governance ??= await readGovernance(this.options.database, this.options.store));
    const tries = batch.operation?.tries ?? null;
    const isLoaded = (customerId: string): boolean => customerId === tries || !governance.parked.has(customerId);
    await this.aggregates.load(
      governance.parked.size === 0 ? batch.customerIds : [...batch.customerIds].filter(isLoaded),
    );
    await this.lookUpDeadlines(batch, governance);
    const decision = new BatchDecision(batch, this.aggregates, governance);
    try {
      return { batch, decision, decided: decision.decide(), isFirst: true };
    } catch (error) {
      // A batch that failed while being decided may have moved some states: which ones is not known.
      this.aggregates.clear();
      if (error instanceof NobodyDecided) throw error;
      throw new DecisionFailed('the facts could not be decided', { cause: error });
    }
  }

  /** Decides anew what other writers have moved; everything, when it is not known what they moved. */
  async next(group: Group, failed: Attempt, moved: readonly string[]): Promise<Attempt> {
    if (moved.length === 0 || moved.includes(CALENDAR_STREAM) || moved.includes(OPERATIONS_STREAM)) {
      this.forget(failed.decided);
      return { ...(await this.first(group, null)), isFirst: false };
    }
    const customerIds = customersOf(moved);
    this.aggregates.evict(customerIds);
    await this.aggregates.load(customerIds);
    const decided = failed.decision.decideAgain(moved);
    return { ...failed, decided, isFirst: failed.isFirst && isSame(decided.failed, failed.decided.failed) };
  }

  /** Of those for whom it is not certain which day is kept. Who is due is decided as a whole, and needs none. */
  private async lookUpDeadlines({ customerIds, due }: PreparedBatch, governance: Governance): Promise<void> {
    const unsure = [...customerIds].filter((customerId) => {
      const aggregate = this.aggregates.get(customerId);
      if (aggregate === undefined || aggregate.state.version === 0 || due.has(customerId)) return false;
      return !isCertain(aggregate.deadline, governance);
    });
    if (unsure.length === 0) return;
    const { policyRevision, parkedRevision } = governance;
    for (const [customerId, dueOn] of await keptDeadlines(this.options.database, unsure)) {
      const aggregate = this.aggregates.get(customerId);
      if (aggregate !== undefined) aggregate.deadline = { dueOn, policyRevision, parkedRevision };
    }
  }

  committed({ governance }: DecidedBatch): void {
    this.governance = governance;
  }

  forget(decided: DecidedBatch): void {
    this.governance = null;
    this.aggregates.evict(decided.customerIds);
  }

  /** Not to be called between preparing a group and deciding it, unless it is loaded again. */
  trim(): void {
    this.aggregates.trim();
  }
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((customerId) => other.includes(customerId));
}
