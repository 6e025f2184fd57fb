import type { sendUnaryData, ServerErrorResponse, ServerReadableStream } from '@grpc/grpc-js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { expectedRevision, perform, proposedEvent } from './appending.js';
import type { CallContext } from './call-context.js';
import { type ProposedEvent, sizeOf, streamName } from './recorded-event.js';
import { maximumAppendSizeExceeded, streamDeleted } from './rpc-errors.js';
import type { Committed, ExpectedRevision, WriteOutcome } from './stream-writer.js';

type AppendCall = ServerReadableStream<streams.AppendReq, streams.AppendResp>;

/** `Streams/Append`: one append a call. */
export function append(context: CallContext, call: AppendCall, done: sendUnaryData<streams.AppendResp>): void {
  context.seen('Streams/Append');
  let stream = '';
  let expected: ExpectedRevision = 'any';
  const events: ProposedEvent[] = [];
  let bytes = 0;
  call.on('data', (request: streams.AppendReq) => {
    const options = request.getOptions();
    const message = request.getProposedMessage();
    if (options !== undefined) {
      stream = streamName(options.getStreamIdentifier());
      expected = expectedRevision(options, options.getRevision());
    } else if (message !== undefined) {
      const event = proposedEvent(message);
      bytes += sizeOf(event);
      events.push(event);
    }
  });
  let isOver = false;
  call.on('cancelled', () => {
    isOver = true;
  });
  const finish = (error: ServerErrorResponse | null, response?: streams.AppendResp): void => {
    if (isOver) return;
    isOver = true;
    if (error === null) done(null, response);
    else done(error);
  };
  call.on('end', () => {
    // A connection that breaks ends the requests as well, and only says afterwards that it was broken: nothing is written.
    context.whenThawed(() => setImmediate(write));
  });
  const write = (): void => {
    if (isOver || call.cancelled) return;
    const refused = context.refusal(call.metadata, true);
    if (refused !== undefined) {
      finish(refused);
      return;
    }
    if (bytes > context.maxAppendBytes) {
      finish(maximumAppendSizeExceeded(context.maxAppendBytes));
      return;
    }
    perform(
      context,
      { stream, expected, events },
      { answer: (outcome) => answerAppend(outcome, stream, expected, finish), fail: finish },
    );
  };
}

function answerAppend(
  outcome: WriteOutcome,
  stream: string,
  expected: ExpectedRevision,
  finish: (error: ServerErrorResponse | null, response?: streams.AppendResp) => void,
): void {
  const response = new streams.AppendResp();
  switch (outcome.outcome) {
    case 'stream-deleted':
      finish(streamDeleted(stream));
      return;
    case 'wrong-expected-version':
      response.setWrongExpectedVersion(appendConflict(expected, outcome.current));
      break;
    case 'written':
    case 'idempotent':
      response.setSuccess(appendSuccess(outcome));
      break;
    case 'dropped':
      return;
  }
  finish(null, response);
}

function appendSuccess({ revision, position }: Committed): streams.AppendResp.Success {
  const success = new streams.AppendResp.Success();
  if (revision < 0) success.setNoStream(new shared.Empty());
  else success.setCurrentRevision(String(revision));
  if (position === undefined) {
    success.setNoPosition(new shared.Empty());
  } else {
    const at = new streams.AppendResp.Position();
    at.setCommitPosition(String(position));
    at.setPreparePosition(String(position));
    success.setPosition(at);
  }
  return success;
}

function appendConflict(expected: ExpectedRevision, current: number): streams.AppendResp.WrongExpectedVersion {
  const wrong = new streams.AppendResp.WrongExpectedVersion();
  if (current < 0) wrong.setCurrentNoStream(new shared.Empty());
  else wrong.setCurrentRevision(String(current));
  switch (expected) {
    case 'any':
      wrong.setExpectedAny(new shared.Empty());
      break;
    case 'no-stream':
      wrong.setExpectedNoStream(new shared.Empty());
      break;
    case 'stream-exists':
      wrong.setExpectedStreamExists(new shared.Empty());
      break;
    default:
      wrong.setExpectedRevision(String(expected));
  }
  return wrong;
}
