import type { ServerErrorResponse, ServerWritableStream } from '@grpc/grpc-js';
import type streams from '@eventstore/db-client/generated/streams_pb.js';

/** Answers go out as messages, or as the bytes of one that were kept with the event. */
export type ReadAnswer = streams.ReadResp | Buffer;
export type ReadCall = ServerWritableStream<streams.ReadReq, ReadAnswer>;

/** Ends the call with an error, behind what was written to it. */
export function fail(call: ReadCall, error: ServerErrorResponse): void {
  if (!call.cancelled) call.emit('error', error);
}
