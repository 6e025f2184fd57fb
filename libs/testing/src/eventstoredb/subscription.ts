import { randomUUID } from 'node:crypto';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { CallContext } from './call-context.js';
import { isSoftDeleted, oldestReadable, type StreamState } from './event-log.js';
import { eventFilter, type EventFilter } from './event-filter.js';
import type { SubscriptionFault } from './faults.js';
import { answerFor } from './links.js';
import { fail, type ReadAnswer, type ReadCall } from './read-answer.js';
import { type RecordedEvent, streamName } from './recorded-event.js';
import { brokenBy, notLeader, streamDeleted } from './rpc-errors.js';

/** So many events are looked at before other calls get their turn. */
const EVENTS_A_TURN = 256;

/** A live subscription that is further behind when its client takes events again is told so. */
const FELL_BEHIND_BY = 100;

/** Where a subscription reads: it asks for one event after the other and never runs ahead of its client. */
interface Cursor {
  /** The next event, or undefined at the end of what is replicated. */
  next(): RecordedEvent | undefined;
  /** How many events there are still. */
  left(): number;
  /** The server does not call a subscription to a stream that does not exist "caught up". */
  exists(): boolean;
  /** The stream will never have events again. */
  isDeleted(): boolean;
  readonly waiting: Set<() => void>;
}

export function subscribe(context: CallContext, call: ReadCall, options: streams.ReadReq.Options): void {
  const name = options.hasAll() ? '$all' : streamName(options.getStream()?.getStreamIdentifier());
  const cursor = options.hasAll() ? cursorOfAll(context, options) : cursorOfStream(context, name, options);
  new Subscription(context, call, cursor, name, eventFilter(options), options.getResolveLinks()).start();
}

class Subscription {
  private sent = 0;
  private lookedAt = 0;
  private sinceCheckpoint = 0;
  private last: RecordedEvent | undefined;
  private isCaughtUp = false;
  private isScheduled = false;
  private isBlocked = false;
  private isFrozen = false;
  private isOver = false;
  private fault: SubscriptionFault | undefined;

  constructor(
    private readonly context: CallContext,
    private readonly call: ReadCall,
    private readonly cursor: Cursor,
    private readonly name: string,
    private readonly filter: EventFilter | undefined,
    private readonly resolvesLinks: boolean,
  ) {}

  start(): void {
    this.fault = this.context.faults.strike('subscription', this.name);
    if (this.cursor.isDeleted()) {
      fail(this.call, streamDeleted(this.name));
      return;
    }
    const over = (): void => {
      this.isOver = true;
      this.cursor.waiting.delete(this.schedule);
    };
    this.call.on('cancelled', over);
    this.call.on('close', over);
    this.call.on('drain', () => {
      this.isBlocked = false;
      if (this.isCaughtUp && this.cursor.left() > FELL_BEHIND_BY) this.fallBehind();
      this.schedule();
    });
    this.cursor.waiting.add(this.schedule);
    const confirmation = new streams.ReadResp.SubscriptionConfirmation();
    confirmation.setSubscriptionId(randomUUID());
    const answer = new streams.ReadResp();
    answer.setConfirmation(confirmation);
    this.write(answer);
    this.schedule();
  }

  /** Wakes it, once for all events that are written in one turn. */
  private readonly schedule = (): void => {
    if (this.isScheduled || this.isBlocked || this.isFrozen || this.isOver) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.context.whenThawed(() => {
        this.isScheduled = false;
        if (!this.isOver) this.run();
      });
    });
  };

  private run(): void {
    for (let turn = 0; turn < EVENTS_A_TURN; turn += 1) {
      if (this.isBlocked || this.isOver || this.isStruck()) return;
      const event = this.cursor.next();
      if (event === undefined) {
        this.reachEnd();
        return;
      }
      this.look(event);
    }
    this.schedule();
  }

  private look(event: RecordedEvent): void {
    this.last = event;
    if (this.filter === undefined || this.filter.matches(event)) {
      this.sent += 1;
      this.write(answerFor(this.context.log, event, this.resolvesLinks));
    }
    if (this.filter === undefined) return;
    this.lookedAt += 1;
    this.sinceCheckpoint += 1;
    if (this.lookedAt % this.filter.checkpointInterval === 0) this.checkpoint();
  }

  private reachEnd(): void {
    if (this.cursor.isDeleted()) {
      this.end(() => fail(this.call, streamDeleted(this.name)));
      return;
    }
    if (this.isCaughtUp || !this.cursor.exists()) return;
    this.isCaughtUp = true;
    if (this.filter !== undefined && this.sinceCheckpoint > 0) this.checkpoint();
    const answer = new streams.ReadResp();
    answer.setCaughtUp(new streams.ReadResp.CaughtUp());
    this.write(answer);
  }

  private fallBehind(): void {
    this.isCaughtUp = false;
    const answer = new streams.ReadResp();
    answer.setFellBehind(new streams.ReadResp.FellBehind());
    this.write(answer);
  }

  private checkpoint(): void {
    if (this.last === undefined) return;
    this.sinceCheckpoint = 0;
    const checkpoint = new streams.ReadResp.Checkpoint();
    checkpoint.setCommitPosition(String(this.last.position));
    checkpoint.setPreparePosition(String(this.last.position));
    const answer = new streams.ReadResp();
    answer.setCheckpoint(checkpoint);
    this.write(answer);
  }

  private write(answer: ReadAnswer): void {
    if (!this.call.write(answer)) this.isBlocked = true;
  }

  private isStruck(): boolean {
    const { fault } = this;
    if (fault === undefined || this.sent < (fault.afterEvents ?? 0)) return false;
    this.fault = undefined;
    switch (fault.kind) {
      case 'error':
        this.end(() => fail(this.call, brokenBy(fault.code ?? 'UNAVAILABLE')));
        break;
      case 'end':
        this.end(() => this.call.end());
        break;
      case 'freeze':
        this.isFrozen = true;
        if (fault.ms !== undefined) this.context.after(fault.ms, () => this.thaw());
        break;
      case 'drop-connections':
        this.context.dropConnections();
        break;
      case 'not-leader':
        this.end(() => fail(this.call, notLeader(fault.leader ?? this.context.self())));
        break;
    }
    return true;
  }

  private thaw(): void {
    this.isFrozen = false;
    this.schedule();
  }

  private end(how: () => void): void {
    this.isOver = true;
    this.cursor.waiting.delete(this.schedule);
    how();
  }
}

/** Behind a position, or behind what there is now: a subscription does not get the event it names. */
function cursorOfAll({ log }: CallContext, options: streams.ReadReq.Options): Cursor {
  const from = options.getAll() ?? new streams.ReadReq.Options.AllOptions();
  let position = from.hasPosition() ? Number(from.getPosition()?.getCommitPosition()) : -1;
  if (from.hasEnd()) position = log.events[log.visibleLength - 1]?.position ?? -1;
  let generation = -1;
  let index = 0;
  const locate = (): void => {
    if (generation === log.generation) return;
    generation = log.generation;
    index = log.indexFrom(position + 1);
  };
  return {
    next: () => {
      locate();
      if (index >= log.visibleLength) return undefined;
      const event = log.events[index] as RecordedEvent;
      index += 1;
      position = event.position;
      return event;
    },
    left: () => {
      locate();
      return log.visibleLength - index;
    },
    exists: () => true,
    isDeleted: () => false,
    waiting: log.waiting,
  };
}

function cursorOfStream({ log }: CallContext, name: string, options: streams.ReadReq.Options): Cursor {
  const from = options.getStream() ?? new streams.ReadReq.Options.StreamOptions();
  const state: StreamState = log.streamToWatch(name);
  let revision = from.hasRevision() ? Number(from.getRevision()) + 1 : 0;
  if (from.hasEnd()) revision = log.lastVisibleRevision(state) + 1;
  const left = (): number => {
    if (isSoftDeleted(state)) return 0;
    revision = Math.max(revision, oldestReadable(state));
    return Math.max(0, log.lastVisibleRevision(state) + 1 - revision);
  };
  return {
    next: () => {
      if (left() === 0) return undefined;
      const event = state.events[revision - state.oldest] as RecordedEvent;
      revision += 1;
      return event;
    },
    left,
    exists: () => log.lastVisibleRevision(state) >= 0 && !isSoftDeleted(state),
    isDeleted: () => log.isTombstoned(name),
    waiting: state.waiting,
  };
}
