import type { sendUnaryData, ServerErrorResponse, ServerUnaryCall } from '@grpc/grpc-js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type shared from '@eventstore/db-client/generated/shared_pb.js';
import { expectedRevision } from './appending.js';
import type { CallContext } from './call-context.js';
import { streamName } from './recorded-event.js';
import { streamDeleted, wrongExpectedVersion } from './rpc-errors.js';
import type { ExpectedRevision, WriteOutcome } from './stream-writer.js';

type DeleteCall = ServerUnaryCall<streams.DeleteReq, streams.DeleteResp>;
type TombstoneCall = ServerUnaryCall<streams.TombstoneReq, streams.TombstoneResp>;

interface DeleteOptions {
  getStreamIdentifier(): shared.StreamIdentifier | undefined;
  hasAny(): boolean;
  hasNoStream(): boolean;
  hasStreamExists(): boolean;
  getRevision(): string;
}

/** `Streams/Delete`: the stream is gone for readers and can be written again. */
export function softDelete(context: CallContext, call: DeleteCall, done: sendUnaryData<streams.DeleteResp>): void {
  context.seen('Streams/Delete');
  const options = call.request.getOptions() ?? new streams.DeleteReq.Options();
  const position = (at: string): streams.DeleteResp => {
    const deleted = new streams.DeleteResp.Position();
    deleted.setCommitPosition(at);
    deleted.setPreparePosition(at);
    const response = new streams.DeleteResp();
    response.setPosition(deleted);
    return response;
  };
  remove(context, call, options, (name, expected) => context.writer.softDelete(name, expected), done, position);
}

/** `Streams/Tombstone`: the stream is gone for good. */
export function tombstone(context: CallContext, call: TombstoneCall, done: sendUnaryData<streams.TombstoneResp>): void {
  context.seen('Streams/Tombstone');
  const options = call.request.getOptions() ?? new streams.TombstoneReq.Options();
  const position = (at: string): streams.TombstoneResp => {
    const deleted = new streams.TombstoneResp.Position();
    deleted.setCommitPosition(at);
    deleted.setPreparePosition(at);
    const response = new streams.TombstoneResp();
    response.setPosition(deleted);
    return response;
  };
  remove(context, call, options, (name, expected) => context.writer.tombstone(name, expected), done, position);
}

function remove<Response>(
  context: CallContext,
  call: DeleteCall | TombstoneCall,
  options: DeleteOptions,
  write: (name: string, expected: ExpectedRevision) => WriteOutcome,
  done: sendUnaryData<Response>,
  answer: (position: string) => Response,
): void {
  context.whenThawed(() => {
    if (call.cancelled) return;
    const refused = context.refusal(call.metadata, true);
    if (refused !== undefined) {
      done(refused);
      return;
    }
    const name = streamName(options.getStreamIdentifier());
    const expected = expectedRevision(options, options.getRevision());
    const outcome = write(name, expected);
    if ('position' in outcome) done(null, answer(String(outcome.position)));
    else done(deleteError(name, expected, outcome));
  });
}

function deleteError(
  name: string,
  expected: ExpectedRevision,
  outcome: Exclude<WriteOutcome, { readonly position: number | undefined }>,
): ServerErrorResponse {
  return outcome.outcome === 'wrong-expected-version'
    ? wrongExpectedVersion(name, expected, outcome.current)
    : streamDeleted(name);
}
