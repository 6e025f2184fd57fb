import { AppendConflict } from '@retention/event-store';
import { setTimeout as delay } from 'node:timers/promises';
import { dueCustomers } from '../deadlines.js';
import type { Outcome, Submission } from '../message.js';
import { Attempts, DecisionFailed } from './attempts.js';
import type { Attempt } from './attempts.js';
import type { DecidedBatch } from './decide-batch.js';
import type { FactWriterOptions } from './fact-writer-options.js';
import type { Group, Waiting } from './group.js';
import { releasableFacts } from './lookups.js';
import type { Operation } from './operation.js';
import { RELEASE_FACTS_MAX } from './prepare-batch.js';
import type { InFlight } from './prepare-batch.js';
import { publishPolicy } from './publish-policy.js';
import type { Publication } from './publish-policy.js';
import type { PreparedBatch } from './prepared.js';

/** The consumer's offset is not where this process believes it: another one has taken over. Nothing was written. */
export class ConsumerFenced extends Error {
  override readonly name = 'ConsumerFenced';
}

/** How often a batch is decided anew when other writers keep moving the same streams, before it is given back. */
const CONFLICT_RETRIES_MAX = 20;
const CONFLICT_PAUSE_MS_MAX = 50;
const NOTHING: Submission = { items: [], advances: [] };
const RELEASE_LOANS_MAX = 5000;

/**
 * The one way facts get into the store, whatever door they came through. Submissions are joined into micro-batches;
 * while one batch commits, the next is read and looked up, so that the processor and the database work at once.
 *
 * A promise of `submit` resolves only after its facts are durable. When it rejects, nothing of it may be assumed:
 * submitting the same again is always safe.
 */
export class FactWriter {
  private readonly attempts: Attempts;
  private readonly queue: Waiting[] = [];
  private readonly releases = new Set<string>();
  private working: Promise<void> | null = null;
  private readonly counted = { batches: 0, conflicts: 0 };

  constructor(private readonly options: FactWriterOptions) {
    this.attempts = new Attempts(options);
  }

  /**
   * Takes the items, all or none, and returns what became of each, in order.
   * @throws ConsumerFenced when an offset has been moved by somebody else.
   */
  submit(submission: Submission): Promise<readonly Outcome[]> {
    return this.enqueue(submission, null);
  }

  /**
   * Carries out what an operator does: resolves when it is durable.
   * @throws what its preparation throws when it cannot be done any more; nothing was written then.
   */
  async operate(operation: Operation): Promise<void> {
    await this.enqueue(NOTHING, operation);
  }

  /** Decides what an operator would do, as far as to the conclusion, and writes nothing. */
  async rehearse(operation: Operation): Promise<void> {
    const caller = { submission: NOTHING, operation, resolve: () => undefined, reject: () => undefined };
    // With a memory of its own: what is decided moves the states it is decided on.
    await new Attempts(this.options).first({ callers: [caller], releaseLoans: [] }, null);
  }

  /** Most items that are decided together. */
  get batchFacts(): number {
    return this.options.batchFacts;
  }

  /** Lets in every waiting fact whose loan has an owner; finds those that a crash or another process left behind. */
  async sweepPending(): Promise<number> {
    const facts = await releasableFacts(this.options.database, null, RELEASE_FACTS_MAX);
    for (const { fact } of facts) if ('loanId' in fact && fact.loanId !== null) this.releases.add(fact.loanId);
    // Joins the next batch, and with it the releases; under steady traffic the writer is never idle.
    await this.submit(NOTHING);
    return facts.length;
  }

  /**
   * Decides anew the customers for whom a closed day has come, or policies have changed, at most one batch of them.
   * Resolves with how many they were.
   */
  async decideDue(): Promise<number> {
    const due = await dueCustomers(this.options.database, this.options.batchFacts);
    if (due.length > 0) await this.submit({ items: [], advances: [], due });
    return due.length;
  }

  /**
   * Publishes a version of the policy: from then on everything is decided under the book with it, and every customer is
   * due. The same version with the same content again has no effect.
   * @throws PolicyRefused when a version of that name is known with other content.
   */
  publishPolicy(publication: Publication): Promise<{ readonly revision: number }> {
    return publishPolicy(this.options.store, publication);
  }

  /** Resolves when there is nothing left to do: what was submitted is durable or rejected, and what it released is in. */
  async drain(): Promise<void> {
    while (this.working !== null) await this.working;
  }

  statistics(): { readonly queued: number; readonly batches: number; readonly conflicts: number } {
    return { queued: this.queue.length, ...this.counted };
  }

  private enqueue(submission: Submission, operation: Operation | null): Promise<readonly Outcome[]> {
    return new Promise((resolve, reject) => {
      this.queue.push({ submission, operation, resolve, reject });
      this.wake();
    });
  }

  private wake(): void {
    this.working ??= this.work().finally(() => {
      this.working = null;
      if (this.queue.length > 0 || this.releases.size > 0) this.wake();
    });
  }

  private async work(): Promise<void> {
    let group = this.nextGroup();
    let prepared: Promise<PreparedBatch | null> | null = null;
    while (group !== null) {
      const ahead: { next: Group | null; prepared: Promise<PreparedBatch | null> | null } = {
        next: null,
        prepared: null,
      };
      const asDecided = await this.commitGroup(group, prepared, (decided) => {
        // Called again after a conflict, with the same facts: what was begun then is still right.
        if (ahead.next !== null) return;
        ahead.next = this.nextGroup();
        ahead.prepared = ahead.next === null ? null : this.prepareSafely(ahead.next, decided);
      });
      group = ahead.next ?? this.nextGroup();
      // What was prepared ahead believed this group to be written as it was decided first; else it is looked up anew.
      prepared = asDecided ? ahead.prepared : null;
      this.attempts.trim();
    }
  }

  /**
   * Brings one group to an end: its callers are resolved or rejected. `onCommitting` is called while the database is
   * busy. True when no more was decided anew than what other writers had moved.
   */
  private async commitGroup(
    group: Group,
    prepared: Promise<PreparedBatch | null> | null,
    onCommitting: (decided: DecidedBatch) => void,
  ): Promise<boolean> {
    let attempt = await this.attempts.first(group, prepared).catch((error: unknown) => this.giveBack(group, error));
    for (let tries = 1; attempt !== null; tries += 1) {
      const failed: Attempt = attempt;
      const { batch, decided, isFirst } = failed;
      try {
        const committed = this.commit(batch, decided);
        onCommitting(decided);
        await committed;
        this.settle(group, decided);
        return isFirst;
      } catch (error) {
        const hasMoved = error instanceof AppendConflict && error.on !== 'offset' && tries <= CONFLICT_RETRIES_MAX;
        if (!hasMoved) {
          this.attempts.forget(decided);
          await this.giveBack(group, error);
          return false;
        }
        this.counted.conflicts += 1;
        if (tries > 1) await delay(Math.random() * Math.min(CONFLICT_PAUSE_MS_MAX, 2 ** tries));
        attempt = await this.attempts.next(group, failed, error.streams).catch((failure: unknown) => {
          this.attempts.forget(decided);
          return this.giveBack(group, failure);
        });
      }
    }
    return false;
  }

  private nextGroup(): Group | null {
    const callers: Waiting[] = [];
    let items = 0;
    for (;;) {
      const first = this.queue[0];
      if (first === undefined) break;
      if (first.operation !== null) {
        if (callers.length > 0) break;
        this.queue.shift();
        return { callers: [first], releaseLoans: [] };
      }
      items += first.submission.items.length + (first.submission.due?.length ?? 0);
      if (callers.length > 0 && items > this.options.batchFacts) break;
      callers.push(first);
      this.queue.shift();
    }
    const releaseLoans = [...this.releases].slice(0, RELEASE_LOANS_MAX);
    for (const loanId of releaseLoans) this.releases.delete(loanId);
    return callers.length + releaseLoans.length === 0 ? null : { callers, releaseLoans };
  }

  /** A failure to prepare ahead of time is met again, and reported, when the group's turn comes. */
  private async prepareSafely(group: Group, inFlight: InFlight): Promise<PreparedBatch | null> {
    try {
      return await this.attempts.prepare(group, inFlight);
    } catch {
      return null;
    }
  }

  private async commit(batch: PreparedBatch, decided: DecidedBatch): Promise<void> {
    const { advances } = batch;
    const { streams, companions } = decided;
    if (streams.length + companions.length + advances.length === 0) return;
    await this.options.store.append({ streams, companions, advances });
    this.counted.batches += 1;
  }

  private settle(group: Group, decided: DecidedBatch): void {
    this.attempts.committed(decided);
    for (const loanId of decided.loansToRelease) this.releases.add(loanId);
    let from = 0;
    for (const { submission, resolve } of group.callers) {
      resolve(decided.outcomes.slice(from, from + submission.items.length));
      from += submission.items.length;
    }
  }

  /**
   * Rejects the callers of a failed group. What is the fault of one of them (it is fenced, its data cannot be decided or
   * stored) must not fail those it was joined with, again and again: each is then tried alone. Releases are left to the
   * next sweep: trying them at once again would turn in a circle.
   */
  private async giveBack(group: Group, error: unknown): Promise<null> {
    if (group.callers.length > 1 && isFaultOfOne(error)) {
      for (const caller of group.callers) {
        await this.commitGroup({ callers: [caller], releaseLoans: [] }, null, () => undefined);
      }
      return null;
    }
    const isFenced = error instanceof AppendConflict && error.on === 'offset';
    const reason = isFenced ? new ConsumerFenced(error.message) : error;
    for (const caller of group.callers) caller.reject(reason);
    return null;
  }
}

/** SQL states of data that cannot be stored, and of limits of the server. */
const OF_THE_DATA = /^(22|23|54)/;

function isFaultOfOne(error: unknown): boolean {
  if (error instanceof DecisionFailed) return true;
  if (error instanceof AppendConflict) return error.on === 'offset';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && OF_THE_DATA.test(code);
}
