import type { ServerDuplexStream, ServerErrorResponse } from '@grpc/grpc-js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import { expectedRevision, perform, proposedEvent } from './appending.js';
import type { CallContext } from './call-context.js';
import { type ProposedEvent, sizeOf, streamName, uuidText } from './recorded-event.js';
import {
  batchMaximumAppendSizeExceeded,
  batchStreamDeleted,
  batchTimeout,
  batchWrongExpectedVersion,
} from './rpc-errors.js';
import type { Committed, ExpectedRevision, WriteOutcome } from './stream-writer.js';

type BatchAppendCall = ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>;

/** An append of a batch call whose last frame has not come yet. */
interface PendingAppend {
  readonly correlationId: shared.UUID;
  readonly identifier: shared.StreamIdentifier;
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: ProposedEvent[];
  bytes: number;
}

/** `Streams/BatchAppend`: many appends on one call, each in one or more frames. */
export function batchAppend(context: CallContext, call: BatchAppendCall): void {
  context.seen('Streams/BatchAppend');
  new BatchAppend(context, call).serve();
}

class BatchAppend {
  private readonly pending = new Map<string, PendingAppend>();
  private isOver = false;

  constructor(
    private readonly context: CallContext,
    private readonly call: BatchAppendCall,
  ) {}

  serve(): void {
    this.call.on('data', (frame: streams.BatchAppendReq) => {
      this.context.whenThawed(() => {
        if (!this.isOver) this.take(frame);
      });
    });
    this.call.on('cancelled', () => {
      this.isOver = true;
    });
    this.call.on('end', () => {
      this.context.whenThawed(() => {
        if (!this.isOver) this.call.end();
        this.isOver = true;
      });
    });
  }

  private take(frame: streams.BatchAppendReq): void {
    const id = uuidText(frame.getCorrelationId());
    const begun = frame.hasOptions() ? this.begin(frame, id) : this.pending.get(id);
    if (begun === undefined) return;
    for (const message of frame.getProposedMessagesList()) {
      const event = proposedEvent(message);
      begun.bytes += sizeOf(event);
      begun.events.push(event);
    }
    if (begun.bytes > this.context.maxAppendBytes) {
      this.pending.delete(id);
      this.reject(begun, batchMaximumAppendSizeExceeded(this.context.maxAppendBytes));
      return;
    }
    if (!frame.getIsFinal()) return;
    this.pending.delete(id);
    this.context.seen('Streams/BatchAppend:append');
    perform(this.context, begun, {
      answer: (outcome) => this.answer(begun, outcome),
      fail: (error) => this.fail(error),
    });
  }

  private begin(frame: streams.BatchAppendReq, id: string): PendingAppend | undefined {
    const options = frame.getOptions() as streams.BatchAppendReq.Options;
    const refused = this.context.refusal(this.call.metadata, true);
    if (refused !== undefined) {
      this.fail(refused);
      return undefined;
    }
    const identifier = options.getStreamIdentifier() ?? new shared.StreamIdentifier();
    const begun: PendingAppend = {
      correlationId: frame.getCorrelationId() ?? new shared.UUID(),
      identifier,
      stream: streamName(identifier),
      expected: expectedRevision(options, options.getStreamPosition()),
      events: [],
      bytes: 0,
    };
    const leftMs = (options.getDeadline()?.toDate().getTime() ?? Number.POSITIVE_INFINITY) - Date.now();
    if (leftMs <= 0) {
      this.reject(begun, batchTimeout());
      return undefined;
    }
    this.pending.set(id, begun);
    // The deadline is for the frames to come; once the last is there the server itself decides how long it takes.
    if (!frame.getIsFinal() && Number.isFinite(leftMs)) {
      this.context.after(leftMs, () => {
        if (this.pending.delete(id)) this.reject(begun, batchTimeout());
      });
    }
    return begun;
  }

  private answer(to: PendingAppend, outcome: WriteOutcome): void {
    switch (outcome.outcome) {
      case 'written':
      case 'idempotent': {
        const response = new streams.BatchAppendResp();
        response.setSuccess(batchSuccess(outcome));
        this.send(to, response);
        return;
      }
      case 'wrong-expected-version':
        this.reject(to, batchWrongExpectedVersion(to.expected, outcome.current));
        return;
      case 'stream-deleted':
        this.reject(to, batchStreamDeleted(to.stream));
        return;
      case 'dropped':
    }
  }

  private reject(to: PendingAppend, error: ReturnType<typeof batchTimeout>): void {
    const response = new streams.BatchAppendResp();
    response.setError(error);
    this.send(to, response);
  }

  private send(to: PendingAppend, response: streams.BatchAppendResp): void {
    if (this.isOver) return;
    response.setCorrelationId(to.correlationId);
    response.setStreamIdentifier(to.identifier);
    this.call.write(response);
  }

  private fail(error: ServerErrorResponse): void {
    if (this.isOver) return;
    this.isOver = true;
    this.pending.clear();
    this.call.emit('error', error);
  }
}

function batchSuccess({ revision, position }: Committed): streams.BatchAppendResp.Success {
  const success = new streams.BatchAppendResp.Success();
  if (revision < 0) success.setNoStream(new empty.Empty());
  else success.setCurrentRevision(String(revision));
  if (position === undefined) {
    success.setNoPosition(new empty.Empty());
  } else {
    const at = new shared.AllStreamPosition();
    at.setCommitPosition(String(position));
    at.setPreparePosition(String(position));
    success.setPosition(at);
  }
  return success;
}
