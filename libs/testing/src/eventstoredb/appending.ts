import type { ServerErrorResponse } from '@grpc/grpc-js';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { CallContext } from './call-context.js';
import type { AppendFault } from './faults.js';
import { type ProposedEvent, uuidText } from './recorded-event.js';
import { brokenBy, notLeader } from './rpc-errors.js';
import type { ExpectedRevision, WriteOutcome } from './stream-writer.js';

type ProposedMessage = streams.AppendReq.ProposedMessage | streams.BatchAppendReq.ProposedMessage;

export function proposedEvent(message: ProposedMessage): ProposedEvent {
  const system = message.getMetadataMap();
  return {
    id: uuidText(message.getId()),
    type: system.get('type') ?? '',
    contentType: system.get('content-type') ?? 'application/octet-stream',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
}

interface Expectations {
  hasAny(): boolean;
  hasNoStream(): boolean;
  hasStreamExists(): boolean;
}

/** The revision comes as decimal digits of an unsigned 64-bit integer: beyond 2^53 it is rounded, and too high anyway. */
export function expectedRevision(options: Expectations, revision: string): ExpectedRevision {
  if (options.hasAny()) return 'any';
  if (options.hasNoStream()) return 'no-stream';
  return options.hasStreamExists() ? 'stream-exists' : Number(revision);
}

/** How an append can end, for either of the two calls. */
interface Answering {
  readonly answer: (outcome: WriteOutcome) => void;
  readonly fail: (error: ServerErrorResponse) => void;
}

/** Writes and answers, or does what the fault says instead. */
export function perform(
  context: CallContext,
  append: { readonly stream: string; readonly expected: ExpectedRevision; readonly events: readonly ProposedEvent[] },
  answering: Answering,
): void {
  const write = (): WriteOutcome => context.writer.append(append.stream, append.expected, append.events);
  const fault = context.faults.strike('append', append.stream);
  if (fault !== undefined) {
    misbehave(context, fault, write, answering);
    return;
  }
  answerWhenReplicated(context, write(), answering);
}

function answerWhenReplicated(context: CallContext, outcome: WriteOutcome, { answer }: Answering): void {
  if (outcome.outcome === 'dropped') return;
  if (outcome.outcome !== 'written' || outcome.position === undefined) answer(outcome);
  else context.log.whenReplicated(outcome.position, () => answer(outcome));
}

function misbehave(context: CallContext, fault: AppendFault, write: () => WriteOutcome, answering: Answering): void {
  switch (fault.kind) {
    case 'error-before':
      answering.fail(brokenBy(fault.code ?? 'UNAVAILABLE'));
      return;
    case 'error-after':
      write();
      answering.fail(brokenBy(fault.code ?? 'UNAVAILABLE'));
      return;
    case 'late': {
      const outcome = write();
      context.after(fault.ms, () => answerWhenReplicated(context, outcome, answering));
      return;
    }
    case 'never':
      if (fault.written) write();
      return;
    case 'drop-connections':
      if (fault.written) write();
      context.dropConnections();
      return;
    case 'not-leader':
      answering.fail(notLeader(fault.leader ?? context.self()));
      return;
    case 'not-replicated':
      context.log.holdReplication();
      if (fault.ms !== undefined) context.after(fault.ms, () => context.log.replicate());
      answerWhenReplicated(context, write(), answering);
      return;
  }
}
