import type { ServerErrorResponse } from '@grpc/grpc-js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { CallContext } from './call-context.js';
import { isSoftDeleted, oldestReadable } from './event-log.js';
import type { ReadFault } from './faults.js';
import { answerFor } from './links.js';
import { fail, type ReadAnswer, type ReadCall } from './read-answer.js';
import { type RecordedEvent, streamIdentifier, streamName } from './recorded-event.js';
import { brokenBy, invalidArgument, notLeader, streamDeleted } from './rpc-errors.js';
import { subscribe } from './subscription.js';

const { BACKWARDS } = streams.ReadReq.Options.ReadDirection;

/** So many events are written before other calls get their turn. */
const EVENTS_A_TURN = 256;

/** Part of an array of events, forwards when `step` is 1 and backwards when it is -1. */
interface Slice {
  readonly events: readonly RecordedEvent[];
  readonly first: number;
  readonly step: 1 | -1;
  readonly count: number;
}

/** `Streams/Read`: of a stream or of `$all`, once or as a subscription. */
export function read(context: CallContext, call: ReadCall): void {
  const options = call.request.getOptions() ?? new streams.ReadReq.Options();
  context.seen(options.hasSubscription() ? 'Streams/Read:subscription' : 'Streams/Read');
  context.whenThawed(() => {
    if (call.cancelled) return;
    const refused = context.refusal(call.metadata, false);
    if (refused !== undefined) fail(call, refused);
    else if (options.hasSubscription()) subscribe(context, call, options);
    else readOnce(context, call, options);
  });
}

function readOnce(context: CallContext, call: ReadCall, options: streams.ReadReq.Options): void {
  const name = options.hasAll() ? '$all' : streamName(options.getStream()?.getStreamIdentifier());
  const fault = context.faults.strike('read', name);
  const answer = (failAfterHalf?: ServerErrorResponse): void => {
    if (options.hasFilter()) {
      fail(call, invalidArgument('The double filters subscriptions only.'));
      return;
    }
    const slice = options.hasAll() ? sliceOfAll(context, options) : sliceOfStream(context, call, name, options);
    const answerOf = (event: RecordedEvent) => answerFor(context.log, event, options.getResolveLinks());
    if (slice !== undefined) void send(call, slice, answerOf, failAfterHalf);
  };
  if (fault === undefined) answer();
  else misbehave(context, call, fault, answer);
}

function misbehave(
  context: CallContext,
  call: ReadCall,
  fault: ReadFault,
  answer: (failAfterHalf?: ServerErrorResponse) => void,
): void {
  switch (fault.kind) {
    case 'error-before':
      fail(call, brokenBy(fault.code ?? 'UNAVAILABLE'));
      return;
    case 'error-halfway':
      answer(brokenBy(fault.code ?? 'UNAVAILABLE'));
      return;
    case 'late':
      context.after(fault.ms, answer);
      return;
    case 'never':
      return;
    case 'drop-connections':
      context.dropConnections();
      return;
    case 'not-leader':
      fail(call, notLeader(fault.leader ?? context.self()));
      return;
  }
}

/** Forwards from a position the event there is the first, backwards the one before it. */
function sliceOfAll({ log }: CallContext, options: streams.ReadReq.Options): Slice {
  const from = options.getAll() ?? new streams.ReadReq.Options.AllOptions();
  const end = log.visibleLength;
  const at = from.hasStart() ? 0 : from.hasEnd() ? end : log.indexFrom(Number(from.getPosition()?.getCommitPosition()));
  return slice(log.events, options, Math.min(at, end), 0, end);
}

function sliceOfStream(
  { log }: CallContext,
  call: ReadCall,
  name: string,
  options: streams.ReadReq.Options,
): Slice | undefined {
  if (log.isTombstoned(name)) {
    fail(call, streamDeleted(name));
    return undefined;
  }
  const state = log.stream(name);
  const last = log.lastVisibleRevision(state);
  if (state === undefined || last < 0 || isSoftDeleted(state)) {
    const missing = new streams.ReadResp.StreamNotFound();
    missing.setStreamIdentifier(streamIdentifier(name));
    const answer = new streams.ReadResp();
    answer.setStreamNotFound(missing);
    call.write(answer);
    call.end();
    return undefined;
  }
  const from = options.getStream() ?? new streams.ReadReq.Options.StreamOptions();
  const end = last + 1 - state.oldest;
  const isBackwards = options.getReadDirection() === BACKWARDS;
  const revision = from.hasStart() ? 0 : from.hasEnd() ? Number.POSITIVE_INFINITY : Number(from.getRevision());
  // Backwards the event at the revision is the first, as it is forwards.
  const at = Math.min(revision - state.oldest + (isBackwards ? 1 : 0), end);
  return slice(state.events, options, at, oldestReadable(state) - state.oldest, end);
}

/** `at` lies between two events: forwards the first is behind it, backwards before it. */
function slice(
  events: readonly RecordedEvent[],
  options: streams.ReadReq.Options,
  at: number,
  lowest: number,
  end: number,
): Slice {
  const most = Number(options.getCount());
  if (options.getReadDirection() === BACKWARDS) {
    return { events, first: at - 1, step: -1, count: Math.max(0, Math.min(most, at - lowest)) };
  }
  const first = Math.max(at, lowest);
  return { events, first, step: 1, count: Math.max(0, Math.min(most, end - first)) };
}

async function send(
  call: ReadCall,
  { events, first, step, count }: Slice,
  answerOf: (event: RecordedEvent) => ReadAnswer,
  failAfterHalf?: ServerErrorResponse,
): Promise<void> {
  const sent = failAfterHalf === undefined ? count : Math.floor(count / 2);
  for (let index = 0; index < sent; index += 1) {
    if (call.cancelled || call.destroyed) return;
    const isTaken = call.write(answerOf(events[first + index * step] as RecordedEvent));
    if (!isTaken) await drained(call);
    else if (index % EVENTS_A_TURN === EVENTS_A_TURN - 1) await new Promise(setImmediate);
  }
  if (failAfterHalf === undefined) call.end();
  else fail(call, failAfterHalf);
}

function drained(call: ReadCall): Promise<void> {
  return new Promise((resolve) => {
    const goOn = (): void => {
      for (const event of ['drain', 'close', 'cancelled']) call.off(event, goOn);
      resolve();
    };
    for (const event of ['drain', 'close', 'cancelled']) call.on(event, goOn);
  });
}
