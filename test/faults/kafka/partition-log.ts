/** What a producer writes. */
export interface NewRecord {
  readonly key?: Buffer | string | null;
  readonly value: Buffer | string | null;
  readonly headers?: Readonly<Record<string, Buffer | string | readonly (Buffer | string)[] | undefined>>;
  /** Milliseconds since 1970. */
  readonly timestamp?: number;
}

/** A record as kafkajs has it after unpacking. */
export interface StoredMessage {
  readonly magicByte: 2;
  readonly attributes: 0;
  readonly timestamp: string;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | Buffer[]>>;
  readonly isControlRecord: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
}

interface Entry {
  readonly offset: number;
  readonly bytes: number;
  /** Null where a batch ended of whose records none is left. */
  readonly message: StoredMessage | null;
}

interface AbortedTransaction {
  readonly producerId: string;
  readonly first: number;
  readonly last: number;
}

export interface FetchedPart {
  readonly messages: readonly StoredMessage[];
  /** The last offsets of the batches between them that are empty. */
  readonly emptied: readonly number[];
  readonly abortedTransactions: readonly { readonly producerId: string; readonly firstOffset: string }[];
}

/** What a repetition by an idempotent producer is known by. */
export interface ProducerBatch {
  readonly producerId: string;
  readonly firstSequence: number;
}

const RECORD_OVERHEAD_BYTES = 20;
const BATCH_HEADER_BYTES = 61;
/** Kafka remembers so many batches of each producer. */
const BATCHES_REMEMBERED = 5;
const COMMIT_KEY = Buffer.from([0, 0, 0, 1]);
const ABORT_KEY = Buffer.from([0, 0, 0, 0]);
const NO_TRANSACTION = { producerId: '-1', inTransaction: false };

/** The log of one partition. Offsets are numbers here: a simulated log does not reach 2^53. */
export class PartitionLog {
  /** The oldest offset; what lies below was removed by retention. */
  low = 0;
  /** One more than the newest. */
  high = 0;
  private entries: Entry[] = [];
  private readonly open = new Map<string, number>();
  private aborted: AbortedTransaction[] = [];
  private readonly producers = new Map<string, { first: number; last: number; offset: number }[]>();

  /** Where a reader of committed records must stop: at the first record of a transaction that is still open. */
  get stableEnd(): number {
    return Math.min(this.high, ...this.open.values());
  }

  /** The first offset of what was appended. */
  append(records: readonly NewRecord[], now: number): number {
    const first = this.high;
    for (const record of records) this.add(record, now, NO_TRANSACTION);
    return first;
  }

  /** As `append`, but a batch this producer has written already is not written again; null = its sequence is broken. */
  appendOnce(records: readonly NewRecord[], now: number, { producerId, firstSequence }: ProducerBatch): number | null {
    const batches = this.producers.get(producerId) ?? [];
    const last = firstSequence + records.length - 1;
    const known = batches.find((batch) => batch.first === firstSequence && batch.last === last);
    if (known !== undefined) return known.offset;
    const previous = batches.at(-1);
    if (previous !== undefined && firstSequence !== previous.last + 1) return null;
    const offset = this.append(records, now);
    batches.push({ first: firstSequence, last, offset });
    if (batches.length > BATCHES_REMEMBERED) batches.shift();
    this.producers.set(producerId, batches);
    return offset;
  }

  /** Opens a transaction; until it is ended, readers of committed records do not pass its first record. */
  begin(records: readonly NewRecord[], now: number, producerId: string): void {
    this.open.set(producerId, this.high);
    for (const record of records) this.add(record, now, { producerId, inTransaction: true });
  }

  end(producerId: string, how: 'commit' | 'abort', now: number): void {
    const first = this.open.get(producerId);
    this.open.delete(producerId);
    if (how === 'abort' && first !== undefined && first < this.high) {
      this.aborted.push({ producerId, first, last: this.high });
    }
    this.marker(producerId, how, now);
  }

  /** A marker of a transaction: an offset without a record. */
  marker(producerId: string, how: 'commit' | 'abort', now: number): void {
    const record = { key: how === 'commit' ? COMMIT_KEY : ABORT_KEY, value: null };
    this.add(record, now, { producerId, inTransaction: true }, true);
  }

  /** Retention removes what lies below. */
  advanceLow(to: number): void {
    this.low = Math.max(this.low, Math.min(to, this.high));
    this.entries = this.entries.slice(this.indexOf(this.low));
    this.aborted = this.aborted.filter(({ last }) => last >= this.low);
  }

  /** Compaction removes records but never the newest; their offsets stay unused. */
  compact(isKept: (message: StoredMessage) => boolean): void {
    this.entries = this.entries.filter(
      ({ offset, message }) =>
        message === null || message.isControlRecord || offset === this.high - 1 || isKept(message),
    );
  }

  /**
   * Compaction removes all records from one offset to another and leaves the batch they were in, as it does with the last
   * batch of a producer that numbers its batches.
   */
  emptyBatch(first: number, last: number): void {
    if (first < this.low || last < first || last >= this.high - 1)
      throw new Error('the newest record is never removed');
    const [from, to] = [this.indexOf(first), this.indexOf(last + 1)];
    this.entries.splice(from, to - from, { offset: last, bytes: BATCH_HEADER_BYTES, message: null });
  }

  /**
   * Null when `from` lies outside the log. At least one record where there is one, though it be larger. A broker gives
   * whole batches of a producer, so some records from before `from` can come with them.
   */
  read(from: number, maxBytes: number, maxRecords: number, recordsBefore = 0): FetchedPart | null {
    if (from < this.low || from > this.high) return null;
    const first = this.indexOf(from);
    const end = this.stableEnd;
    const read: Entry[] = [];
    let bytes = 0;
    for (let at = first; at < this.entries.length && read.length < maxRecords; at += 1) {
      const entry = this.entries[at] as Entry;
      bytes += entry.bytes;
      if (entry.offset >= end || (bytes > maxBytes && read.length > 0)) break;
      read.push(entry);
    }
    const last = read.at(-1)?.offset ?? from;
    const abortedTransactions = this.aborted
      .filter((transaction) => transaction.last >= from && transaction.first <= last)
      .sort((one, other) => one.first - other.first)
      .map(({ producerId, first: firstOffset }) => ({ producerId, firstOffset: String(firstOffset) }));
    if (read.length > 0) read.unshift(...this.entries.slice(Math.max(0, first - recordsBefore), first));
    return {
      messages: read.flatMap(({ message }) => message ?? []),
      emptied: read.flatMap(({ offset, message }) => (message === null ? offset : [])),
      abortedTransactions,
    };
  }

  /** Whether a fetch from there finds something, or is refused. */
  hasAt(from: number): boolean {
    const entry = this.entries[this.indexOf(from)];
    return from < this.low || from > this.high || (entry !== undefined && entry.offset < this.stableEnd);
  }

  /** Everything a reader of committed records can see now. */
  records(): StoredMessage[] {
    const read = this.read(this.low, Infinity, Infinity);
    const { messages = [] } = read ?? {};
    return messages.filter((message) => !message.isControlRecord && !this.isAborted(message));
  }

  private isAborted({ offset, batchContext }: StoredMessage): boolean {
    const at = Number(offset);
    return this.aborted.some(
      ({ producerId, first, last }) => producerId === batchContext.producerId && at >= first && at < last,
    );
  }

  private add(record: NewRecord, now: number, batchContext: StoredMessage['batchContext'], isControl = false): void {
    const key = bytesOf(record.key ?? null);
    const value = bytesOf(record.value);
    const offset = this.high;
    this.high += 1;
    const message: StoredMessage = {
      magicByte: 2,
      attributes: 0,
      timestamp: String(record.timestamp ?? now),
      offset: String(offset),
      key,
      value,
      headers: headersOf(record.headers ?? {}),
      isControlRecord: isControl,
      batchContext,
    };
    this.entries.push({ offset, bytes: RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0), message });
  }

  /** Of the first entry at or behind the offset. */
  private indexOf(offset: number): number {
    let from = 0;
    let to = this.entries.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.entries[middle] as Entry).offset < offset) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

function bytesOf(content: Buffer | string | null): Buffer | null {
  return typeof content === 'string' ? Buffer.from(content) : content;
}

function headersOf(headers: NonNullable<NewRecord['headers']>): StoredMessage['headers'] {
  const bytes = (content: Buffer | string) => Buffer.from(content as string);
  const present = Object.entries(headers).flatMap(([name, value]): [string, Buffer | Buffer[]][] => {
    if (value === undefined) return [];
    return [[name, typeof value === 'string' || Buffer.isBuffer(value) ? bytes(value) : value.map(bytes)]];
  });
  return Object.fromEntries(present);
}
