import { Metadata, type ServerErrorResponse, status } from '@grpc/grpc-js';
import codes from '@eventstore/db-client/generated/code_pb.js';
import rpc from '@eventstore/db-client/generated/status_pb.js';
import protobuf from 'google-protobuf/google/protobuf/any_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { ExpectedRevision } from './stream-writer.js';
import { streamIdentifier } from './recorded-event.js';

export type StatusName = keyof typeof status;

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

function failure(code: status, details: string, trailers: Readonly<Record<string, string>> = {}): ServerErrorResponse {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, value);
  return { name: 'Error', message: details, code, details, metadata };
}

export const brokenBy = (name: StatusName): ServerErrorResponse =>
  failure(status[name], `The double was told to fail with ${name}.`);

export const notLeader = (leader: Endpoint): ServerErrorResponse =>
  failure(status.NOT_FOUND, 'Leader info available', {
    exception: 'not-leader',
    'leader-endpoint-host': leader.host,
    'leader-endpoint-port': String(leader.port),
  });

export const accessDenied = (): ServerErrorResponse =>
  failure(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' });

export const unauthenticated = (): ServerErrorResponse => failure(status.UNAUTHENTICATED, 'Bad credentials.');

export const invalidArgument = (details: string): ServerErrorResponse => failure(status.INVALID_ARGUMENT, details);

export const streamDeleted = (stream: string): ServerErrorResponse =>
  failure(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': stream,
  });

export const maximumAppendSizeExceeded = (bytes: number): ServerErrorResponse =>
  failure(status.INVALID_ARGUMENT, `Maximum Append Size of ${bytes} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(bytes),
  });

/** How a delete says it. An append has a message of its own for it. */
export function wrongExpectedVersion(stream: string, expected: ExpectedRevision, actual: number): ServerErrorResponse {
  const version = expectedVersion(expected);
  const details = `Delete failed due to WrongExpectedVersion. Stream: ${stream}, Expected version: ${version}, Actual version: ${actual}`;
  return failure(status.FAILED_PRECONDITION, details, {
    exception: 'wrong-expected-version',
    'stream-name': stream,
    'expected-version': String(version),
    'actual-version': String(actual),
  });
}

function expectedVersion(expected: ExpectedRevision): number {
  switch (expected) {
    case 'any':
      return -2;
    case 'no-stream':
      return -1;
    case 'stream-exists':
      return -4;
    default:
      return expected;
  }
}

interface Packable {
  serializeBinary(): Uint8Array;
}

function batchError(code: codes.Code, name: string, message: Packable): rpc.Status {
  const details = new protobuf.Any();
  details.pack(message.serializeBinary(), `event_store.client.${name}`);
  const error = new rpc.Status();
  error.setCode(code);
  error.setMessage(name);
  error.setDetails(details);
  return error;
}

export const batchTimeout = (): rpc.Status => batchError(codes.Code.DEADLINE_EXCEEDED, 'Timeout', new shared.Timeout());

export function batchStreamDeleted(stream: string): rpc.Status {
  const deleted = new shared.StreamDeleted();
  deleted.setStreamIdentifier(streamIdentifier(stream));
  return batchError(codes.Code.NOT_FOUND, 'StreamDeleted', deleted);
}

export function batchMaximumAppendSizeExceeded(bytes: number): rpc.Status {
  const exceeded = new shared.MaximumAppendSizeExceeded();
  exceeded.setMaxappendsize(bytes);
  return batchError(codes.Code.INVALID_ARGUMENT, 'MaximumAppendSizeExceeded', exceeded);
}

export function batchWrongExpectedVersion(expected: ExpectedRevision, current: number): rpc.Status {
  const wrong = new shared.WrongExpectedVersion();
  if (current < 0) wrong.setCurrentNoStream(new empty.Empty());
  else wrong.setCurrentStreamRevision(String(current));
  switch (expected) {
    case 'any':
      wrong.setExpectedAny(new empty.Empty());
      break;
    case 'no-stream':
      wrong.setExpectedNoStream(new empty.Empty());
      break;
    case 'stream-exists':
      wrong.setExpectedStreamExists(new empty.Empty());
      break;
    default:
      wrong.setExpectedStreamPosition(String(expected));
  }
  return batchError(codes.Code.ALREADY_EXISTS, 'WrongExpectedVersion', wrong);
}
