import { randomUUID } from 'node:crypto';
import type { CommittedEvents } from './committed-events.js';
import {
  type EventLog,
  isMetastream,
  isSoftDeleted,
  lastRevision,
  metastreamOf,
  originalOf,
  type StreamState,
} from './event-log.js';
import type { ProposedEvent, RecordedEvent } from './recorded-event.js';

/** What an append or a delete says it knows of the stream. */
export type ExpectedRevision = 'any' | 'no-stream' | 'stream-exists' | number;

export interface Committed {
  readonly outcome: 'written' | 'idempotent';
  /** Last revision of the append; -1 when nothing was ever written. */
  readonly revision: number;
  readonly position: number | undefined;
}

/** What became of an append, or of a delete. */
export type WriteOutcome =
  | Committed
  | { readonly outcome: 'wrong-expected-version'; readonly current: number }
  | { readonly outcome: 'stream-deleted' }
  /** The same events are there, but not replicated: the server drops the retry without an answer. */
  | { readonly outcome: 'dropped' };

type Decision = Exclude<WriteOutcome, Committed> | Committed | { readonly outcome: 'free'; readonly current: number };

/** Decides about appends and deletes as the server's leader does, and writes them. */
export class StreamWriter {
  constructor(
    private readonly log: EventLog,
    private readonly committed: CommittedEvents,
  ) {}

  append(name: string, expected: ExpectedRevision, events: readonly ProposedEvent[]): WriteOutcome {
    const decision = this.check(
      name,
      expected,
      events.map(({ id }) => id),
    );
    if (decision.outcome !== 'free') return decision;
    const { current } = decision;
    if (events.length === 0) return { outcome: 'written', revision: current, position: undefined };
    const wasSoftDeleted = isSoftDeleted(this.log.stream(name));
    const original = isMetastream(name) ? this.log.stream(originalOf(name)) : undefined;
    const originalWasSoftDeleted = isSoftDeleted(original);
    const last = this.log.write(name, events) as RecordedEvent;
    for (const [index, event] of events.entries()) this.committed.remember(event.id, name, current + 1 + index);
    if (wasSoftDeleted) this.log.undelete(name, current + 1);
    if (originalWasSoftDeleted) this.log.undelete(originalOf(name), lastRevision(original) + 1);
    return { outcome: 'written', revision: last.revision, position: last.position };
  }

  softDelete(name: string, expected: ExpectedRevision): WriteOutcome {
    return this.delete(name, expected, () => this.log.softDelete(name));
  }

  tombstone(name: string, expected: ExpectedRevision): WriteOutcome {
    return this.delete(name, expected, () => this.log.tombstone(name));
  }

  private delete(name: string, expected: ExpectedRevision, write: () => RecordedEvent): WriteOutcome {
    const decision = this.check(name, expected, [randomUUID()]);
    if (decision.outcome !== 'free') return decision;
    const { revision, position } = write();
    return { outcome: 'written', revision, position };
  }

  private check(name: string, expected: ExpectedRevision, ids: readonly string[]): Decision {
    if (this.log.isTombstoned(name)) return { outcome: 'stream-deleted' };
    const state = this.log.stream(name);
    const current = lastRevision(state);
    if (expected === 'any' || expected === 'stream-exists') {
      if (expected === 'stream-exists' && isSoftDeleted(state)) return { outcome: 'stream-deleted' };
      if (expected === 'stream-exists' && current < 0 && lastRevision(this.log.stream(metastreamOf(name))) < 0) {
        return { outcome: 'wrong-expected-version', current };
      }
      return this.checkRemembered(name, current, ids);
    }
    const revision = expected === 'no-stream' ? -1 : expected;
    if (revision === current) return { outcome: 'free', current };
    if (revision > current || state === undefined) return { outcome: 'wrong-expected-version', current };
    return this.checkWritten(state, revision, ids, expected === 'no-stream');
  }

  private checkRemembered(name: string, current: number, ids: readonly string[]): Decision {
    let end = -1;
    for (const [index, id] of ids.entries()) {
      const revision = this.committed.revisionOf(id, name);
      if (revision === undefined) {
        return index === 0 ? { outcome: 'free', current } : { outcome: 'wrong-expected-version', current };
      }
      end = revision;
    }
    return ids.length === 0 ? { outcome: 'free', current } : this.idempotent(this.log.stream(name), end);
  }

  /** The expected revision is passed: the append is a repetition of what follows it, or too late. */
  private checkWritten(state: StreamState, expected: number, ids: readonly string[], noStream: boolean): Decision {
    const current = lastRevision(state);
    for (const [index, id] of ids.entries()) {
      const revision = expected + 1 + index;
      if (state.events[revision - state.oldest]?.id === id) continue;
      if (this.committed.revisionOf(id, state.name) === revision) continue;
      if (index === 0 && noStream && isSoftDeleted(state)) return { outcome: 'free', current };
      return { outcome: 'wrong-expected-version', current };
    }
    if (ids.length === 0) return { outcome: 'wrong-expected-version', current };
    return this.idempotent(state, expected + ids.length);
  }

  private idempotent(state: StreamState | undefined, revision: number): Decision {
    const position = state?.events[revision - state.oldest]?.position;
    if (position !== undefined && !this.log.isReplicated(position)) return { outcome: 'dropped' };
    return { outcome: 'idempotent', revision, position };
  }
}
