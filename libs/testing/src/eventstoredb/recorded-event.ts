import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';

/** An event as a client proposes it. */
export interface ProposedEvent {
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** An event in the log. What a spec seldom looks at (data, metadata) stays in the answer that is sent for it. */
export interface RecordedEvent {
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  /** A tombstone has `TOMBSTONE_REVISION`. */
  readonly revision: number;
  /** Commit and prepare position are the same number: the server writes them so since it commits with the last prepare. */
  readonly position: number;
  /** The `ReadResp` that answers a read, encoded once. */
  readonly answer: Buffer;
}

/** The greatest 64-bit integer is what the server writes; as a JavaScript number it is rounded, and so never sent. */
export const TOMBSTONE_REVISION = 2 ** 63;
export const TOMBSTONE_REVISION_TEXT = '9223372036854775807';

/** Headers and lengths around what a client proposed; the server's own numbers differ by version. */
const RECORD_OVERHEAD_BYTES = 90;

/** What the server counts against the greatest size of an append. */
export function sizeOf(event: ProposedEvent): number {
  return event.data.length + event.metadata.length + 2 * event.type.length;
}

/** How far the log grows by the event. */
export function recordBytes(event: ProposedEvent, stream: string): number {
  return RECORD_OVERHEAD_BYTES + stream.length + sizeOf(event);
}

export function record(event: ProposedEvent, stream: string, revision: number, position: number): RecordedEvent {
  const at = String(position);
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent();
  recorded.setId(uuid(event.id));
  recorded.setStreamIdentifier(streamIdentifier(stream));
  recorded.setStreamRevision(revision === TOMBSTONE_REVISION ? TOMBSTONE_REVISION_TEXT : String(revision));
  recorded.setPreparePosition(at);
  recorded.setCommitPosition(at);
  const system = recorded.getMetadataMap();
  system.set('type', event.type);
  system.set('content-type', event.contentType);
  // Ticks of 100 ns since the Unix epoch.
  system.set('created', `${Date.now()}0000`);
  recorded.setData(event.data);
  recorded.setCustomMetadata(event.metadata);
  const read = new streams.ReadResp.ReadEvent();
  read.setEvent(recorded);
  read.setCommitPosition(at);
  const answer = new streams.ReadResp();
  answer.setEvent(read);
  return { id: event.id, type: event.type, stream, revision, position, answer: Buffer.from(answer.serializeBinary()) };
}

/** Data and metadata of a recorded event. */
export function contentOf(event: RecordedEvent): { readonly data: Uint8Array; readonly metadata: Uint8Array } {
  const recorded = streams.ReadResp.deserializeBinary(event.answer).getEvent()?.getEvent();
  if (recorded === undefined) throw new Error('A recorded event is always answered with its content.');
  return { data: recorded.getData_asU8(), metadata: recorded.getCustomMetadata_asU8() };
}

export function uuid(text: string): shared.UUID {
  const id = new shared.UUID();
  id.setString(text);
  return id;
}

/** An id in either of the two forms the protocol has. */
export function uuidText(id: shared.UUID | undefined): string {
  const structured = id?.getStructured();
  if (structured === undefined) return id?.getString() ?? '';
  const hex = [structured.getMostSignificantBits(), structured.getLeastSignificantBits()]
    .map((bits) => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0'))
    .join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

export function streamIdentifier(name: string): shared.StreamIdentifier {
  const identifier = new shared.StreamIdentifier();
  identifier.setStreamName(Buffer.from(name, 'utf8'));
  return identifier;
}

export function streamName(identifier: shared.StreamIdentifier | undefined): string {
  return identifier === undefined ? '' : Buffer.from(identifier.getStreamName_asU8()).toString('utf8');
}
