import type { Metadata, ServerErrorResponse } from '@grpc/grpc-js';
import type { EventLog } from './event-log.js';
import type { Faults } from './faults.js';
import type { Endpoint } from './rpc-errors.js';
import type { StreamWriter } from './stream-writer.js';

/** What the calls of one server know of it. */
export interface CallContext {
  readonly log: EventLog;
  readonly writer: StreamWriter;
  readonly faults: Faults;
  readonly maxAppendBytes: number;
  /** Counts the call. */
  seen(rpc: string): void;
  /** Why this call may not be served here: wrong credentials, or another member leads. */
  refusal(metadata: Metadata, needsLeader: boolean): ServerErrorResponse | undefined;
  /** Runs at once, or when the double is no longer frozen. */
  whenThawed(run: () => void): void;
  /** Runs later, unless the double stops first. */
  after(ms: number, run: () => void): void;
  dropConnections(): void;
  self(): Endpoint;
}
