import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { randomUUID } from 'node:crypto';
import type { Metadata, sendUnaryData, Server, ServerErrorResponse, ServerUnaryCall } from '@grpc/grpc-js';
import gossip from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import type { ClusterInfo } from '@eventstore/db-client/generated/gossip_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import type { SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import type { Empty } from '@eventstore/db-client/generated/shared_pb.js';
import services from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { append } from './append-call.js';
import { batchAppend } from './batch-append-call.js';
import type { CallContext } from './call-context.js';
import { CommittedEvents } from './committed-events.js';
import { softDelete, tombstone } from './delete-calls.js';
import { EventLog } from './event-log.js';
import { Faults, type RandomFaults } from './faults.js';
import { Freeze } from './freeze.js';
import { type KeyPair, Listener } from './listener.js';
import { read } from './read-call.js';
import type { ReadAnswer } from './read-answer.js';
import { contentOf, type RecordedEvent } from './recorded-event.js';
import { accessDenied, type Endpoint, notLeader, unauthenticated } from './rpc-errors.js';
import { clusterInfo, type Member, supportedMethods } from './service-calls.js';
import { StreamWriter } from './stream-writer.js';

const HOST = '127.0.0.1';
const MAX_APPEND_BYTES = 1024 * 1024;
const VERSION = '23.10.0';
const CERTIFICATE = fileURLToPath(new URL('./certificates/double.pem', import.meta.url));
const KEY = fileURLToPath(new URL('./certificates/double.key.pem', import.meta.url));

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface EventStoreDoubleOptions {
  /** A free one when left out. */
  readonly port?: number;
  /** The greatest append, in bytes of data, metadata and types; 1 MiB when left out. */
  readonly maxAppendBytes?: number;
  readonly version?: string;
  /** Speaks TLS with a certificate of its own, which `url` names as the authority to trust. */
  readonly tls?: boolean;
  /** Who may call the streams; everybody when left out. The client sends credentials over TLS only. */
  readonly credentials?: Credentials;
  /** Chance strikes from the start on. */
  readonly randomFaults?: RandomFaults;
}

/** An event of the log as a spec looks at it. */
export interface InspectedEvent {
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: number;
}

/** What surrounds a double that is one of several: the log they share, and who leads. */
export interface Surroundings {
  readonly log: EventLog;
  members(): readonly Member[];
  leader(): Endpoint;
}

/** A server that speaks EventStoreDB's protocol and keeps everything in memory. For tests and benches only. */
export class EventStoreDouble {
  readonly instanceId = randomUUID();
  readonly faults = new Faults();
  private readonly log: EventLog;
  private readonly committed = new CommittedEvents();
  private readonly freeze = new Freeze();
  private readonly seen = new Map<string, number>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private listener: Listener | undefined;
  private boundPort = 0;

  constructor(
    private readonly options: EventStoreDoubleOptions,
    private readonly surroundings?: Surroundings,
  ) {
    this.log = surroundings?.log ?? new EventLog();
    if (options.randomFaults !== undefined) this.faults.randomly(options.randomFaults);
  }

  async start(): Promise<this> {
    this.listener = await Listener.open(this.boundPort || (this.options.port ?? 0), this.keyPair(), (server) => {
      this.serve(server);
    });
    this.boundPort = this.listener.port;
    return this;
  }

  get port(): number {
    return this.boundPort;
  }

  get isRunning(): boolean {
    return this.listener !== undefined;
  }

  /** The connection string of this server. */
  get url(): string {
    return connectionString('esdb', [this.self], this.options);
  }

  get self(): Endpoint {
    return { host: HOST, port: this.boundPort };
  }

  /** Breaks every connection and frees the port. The data stay for `restart`. */
  async stop(): Promise<void> {
    const { listener } = this;
    this.listener = undefined;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    this.freeze.clear();
    await listener?.close();
  }

  /** As after a crash: every connection breaks, and the same port comes up with the same data and an empty cache of ids. */
  async restart(): Promise<void> {
    await this.stop();
    this.committed.clear();
    this.log.replicate();
    await this.start();
  }

  /** Calls that came, by name: `Streams/Append`, `Streams/Read`, `Streams/Read:subscription`, `Gossip/Read`, … */
  calls(): ReadonlyMap<string, number> {
    return this.seen;
  }

  dropConnections(): void {
    this.listener?.dropConnections();
  }

  /** Nothing is answered or sent for so long; then everything is that has waited. */
  freezeAll(ms: number): void {
    this.freeze.freeze();
    this.after(ms, () => this.freeze.thaw());
  }

  /** What was written behind a `not-replicated` fault is replicated now. */
  replicate(): void {
    this.log.replicate();
  }

  /** Removes deleted and truncated events from `$all` for good. */
  scavenge(): void {
    this.log.scavenge();
  }

  /** An event as the server itself writes them, into a stream of its own. */
  writeSystemEvent(type = '$statsCollected', stream = `$stats-${HOST}:${this.boundPort}`): void {
    const data = Buffer.from('{"proc-mem":1}');
    const event = { id: randomUUID(), type, contentType: 'application/json', data, metadata: Buffer.alloc(0) };
    this.log.write(stream, [event]);
  }

  /** The whole log, oldest first, what is not replicated included. */
  all(): InspectedEvent[] {
    return this.log.events.map(inspected);
  }

  /** What is kept of a stream, whether a read would show it or not. */
  stream(name: string): InspectedEvent[] {
    return (this.log.stream(name)?.events ?? []).map(inspected);
  }

  streamNames(): string[] {
    return this.log.streamNames();
  }

  /** Subscriptions whose client is still there; in a cluster those of all members. */
  openSubscriptions(): number {
    return this.log.watchers();
  }

  /** Data and metadata of an event of the log. */
  content(position: number): { readonly data: Uint8Array; readonly metadata: Uint8Array } {
    const event = this.log.events[this.log.indexFrom(position)];
    if (event?.position !== position) throw new Error(`There is no event at ${position}.`);
    return contentOf(event);
  }

  private serve(server: Server): void {
    const context = this.context();
    const { read: readMethod } = services.StreamsService;
    // Events are kept as the bytes of their answer, and go out as they are.
    const responseSerialize = (answer: ReadAnswer): Buffer =>
      Buffer.isBuffer(answer) ? answer : Buffer.from(answer.serializeBinary());
    server.addService(
      { ...services.StreamsService, read: { ...readMethod, responseSerialize } },
      {
        append: append.bind(null, context),
        batchAppend: batchAppend.bind(null, context),
        read: read.bind(null, context),
        delete: softDelete.bind(null, context),
        tombstone: tombstone.bind(null, context),
      },
    );
    server.addService(features.ServerFeaturesService, {
      getSupportedMethods: (_: ServerUnaryCall<Empty, SupportedMethods>, done: sendUnaryData<SupportedMethods>) => {
        context.seen('ServerFeatures/GetSupportedMethods');
        this.freeze.whenThawed(() => done(null, supportedMethods(this.options.version ?? VERSION)));
      },
    });
    server.addService(gossip.GossipService, {
      read: (_: ServerUnaryCall<Empty, ClusterInfo>, done: sendUnaryData<ClusterInfo>) => {
        context.seen('Gossip/Read');
        this.freeze.whenThawed(() => done(null, clusterInfo(this.members())));
      },
    });
  }

  private context(): CallContext {
    return {
      log: this.log,
      writer: new StreamWriter(this.log, this.committed),
      faults: this.faults,
      maxAppendBytes: this.options.maxAppendBytes ?? MAX_APPEND_BYTES,
      seen: (rpc) => this.seen.set(rpc, (this.seen.get(rpc) ?? 0) + 1),
      refusal: (metadata, writes) => this.refusal(metadata, writes),
      whenThawed: (run) => this.freeze.whenThawed(run),
      after: (ms, run) => this.after(ms, run),
      dropConnections: () => this.dropConnections(),
      self: () => this.self,
    };
  }

  private members(): readonly Member[] {
    return (
      this.surroundings?.members() ?? [{ ...this.self, instanceId: this.instanceId, isLeader: true, isAlive: true }]
    );
  }

  private refusal(metadata: Metadata, writes: boolean): ServerErrorResponse | undefined {
    const { credentials } = this.options;
    if (credentials !== undefined) {
      const [given] = metadata.get('authorization');
      if (given === undefined) return accessDenied();
      const basic = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
      if (given !== `Basic ${basic}`) return unauthenticated();
    }
    const leader = this.surroundings?.leader();
    if (leader === undefined || leader.port === this.boundPort) return undefined;
    return writes || metadata.get('requires-leader')[0] === 'true' ? notLeader(leader) : undefined;
  }

  private after(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      run();
    }, ms);
    this.timers.add(timer);
  }

  private keyPair(): KeyPair | undefined {
    return this.options.tls === true ? { key: readFileSync(KEY), certificate: readFileSync(CERTIFICATE) } : undefined;
  }
}

/** The connection string for one server or several, with what the options ask of a client. */
export function connectionString(
  scheme: 'esdb' | 'esdb+discover',
  endpoints: readonly Endpoint[],
  options: EventStoreDoubleOptions,
): string {
  const { credentials, tls } = options;
  const user =
    credentials === undefined
      ? ''
      : `${encodeURIComponent(credentials.username)}:${encodeURIComponent(credentials.password)}@`;
  const hosts = endpoints.map(({ host, port }) => `${host}:${port}`).join(',');
  const query = tls === true ? `tls=true&tlsCAFile=${encodeURIComponent(CERTIFICATE)}` : 'tls=false';
  return `${scheme}://${user}${hosts}?${query}`;
}

function inspected({ id, type, stream, revision, position }: RecordedEvent): InspectedEvent {
  return { id, type, stream, revision, position };
}
