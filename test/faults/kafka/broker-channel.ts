import type { Scheduled, SimulatedProcess, World } from '../world/world.js';
import type { Api, Reply } from './group-protocol.js';
import { connectionClosed, connectionRefused, requestTimedOut } from './kafkajs-internals.js';

/** As kafkajs has it where nothing else is said. */
const REQUEST_TIMEOUT_MS = 30_000;

/** What a connection asks of the cluster it leads to. */
export interface ChannelEnd {
  readonly world: World;
  travelMs(): number;
  isUp(port: number): boolean;
  connected(port: number, channel: { cut(): void }): void;
  disconnected(port: number, channel: { cut(): void }): void;
  losesAnswer(api: Api): boolean;
}

interface Request {
  readonly api: Api;
  readonly process: SimulatedProcess | null;
  readonly connection: number;
  readonly serve: (reply: Reply<unknown>) => void;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
  /** The answer on its way, or the one that goes when nothing comes before. */
  arrival: Scheduled | null;
  timeout: Scheduled | null;
}

/**
 * One connection of a client to a broker. As in Kafka a broker works at one request of a connection at a time, so what
 * a client sends while its join waits for the other members waits as well; and answers arrive in order.
 *
 * The broker does a request at the moment it is sent; only the answer takes time. A request that a crash overtakes on
 * the way differs from one that was never sent in nothing the client could see.
 */
export class BrokerChannel {
  isOpen = false;
  private opening: Promise<void> | null = null;
  private owner: SimulatedProcess | null = null;
  /** Counts the connections: an answer to a request of an earlier one goes nowhere. */
  private connection = 0;
  private isCut = false;
  private served: Request | null = null;
  private readonly waiting: Request[] = [];
  private readonly unanswered = new Set<Request>();
  private readonly closings: (() => void)[] = [];
  private lastArrivalAt = 0;

  constructor(
    private readonly cluster: ChannelEnd,
    private readonly host: string,
    private readonly port: number,
  ) {}

  open(): Promise<void> {
    if (this.isOpen) return Promise.resolve();
    const { world } = this.cluster;
    const process = world.current;
    this.opening ??= new Promise<void>((resolve, reject) => {
      world.schedule(this.cluster.travelMs(), process, () => {
        this.opening = null;
        if (!this.cluster.isUp(this.port)) {
          reject(connectionRefused(this.host, this.port));
          return;
        }
        this.isOpen = true;
        this.isCut = false;
        this.owner = process;
        this.cluster.connected(this.port, this);
        resolve();
      });
    });
    return this.opening;
  }

  /** The client hangs up, after it has heard the answers it waits for: kafkajs does so. */
  close(): Promise<void> {
    this.isOpen = false;
    if (this.unanswered.size > 0) return new Promise((resolve) => this.closings.push(resolve));
    this.hangUp();
    return Promise.resolve();
  }

  /** The connection breaks: the client hears it a moment later, and whatever it waits for fails. */
  cut(): void {
    if (this.isCut) return;
    this.isCut = true;
    this.hangUp();
    this.cluster.world.schedule(this.cluster.travelMs(), this.owner, () => {
      this.isOpen = false;
      for (const request of [...this.unanswered]) {
        this.settled(request);
        request.reject(connectionClosed(this.host, this.port));
      }
    });
  }

  async send<T>(api: Api, serve: (reply: Reply<T>) => void, timeoutMs = 0): Promise<T> {
    if (!this.isOpen) await this.open();
    const { world } = this.cluster;
    return new Promise<T>((resolve, reject) => {
      const request: Request = {
        api,
        process: world.current,
        connection: this.connection,
        serve,
        resolve: resolve as Request['resolve'],
        reject,
        arrival: null,
        timeout: null,
      };
      this.unanswered.add(request);
      if (this.isCut) return;
      this.waiting.push(request);
      this.serveNext();
      if (!this.isAnswered(request)) this.watch(request, Math.max(timeoutMs, REQUEST_TIMEOUT_MS));
    });
  }

  /** Or about to be told that the connection is gone. */
  private isAnswered(request: Request): boolean {
    return request.arrival !== null || this.isCut;
  }

  private serveNext(): void {
    if (this.served !== null) return;
    const request = this.waiting.shift();
    if (request === undefined) return;
    this.served = request;
    request.serve({
      give: (answer) => this.answer(request, () => request.resolve(answer)),
      refuse: (error) => this.answer(request, () => request.reject(error)),
      giveLater: (delayMs, answer) => {
        this.arrive(request, delayMs, () => {
          this.ended(request);
          request.resolve(answer());
        });
        return () => cancel(request.arrival);
      },
    });
  }

  private answer(request: Request, settle: () => void): void {
    if (request.connection !== this.connection) return;
    if (this.cluster.losesAnswer(request.api)) {
      this.cut();
      return;
    }
    this.arrive(request, 0, settle);
    this.ended(request);
  }

  private arrive(request: Request, delayMs: number, settle: () => void): void {
    // The client may have given up waiting.
    if (!this.unanswered.has(request)) return;
    const { world } = this.cluster;
    const at = Math.max(this.lastArrivalAt, world.now + delayMs + this.cluster.travelMs());
    if (delayMs === 0) this.lastArrivalAt = at;
    request.arrival = world.schedule(at - world.now, request.process, () => {
      this.settled(request);
      settle();
    });
  }

  /** The broker is done with the request and takes the next. */
  private ended(request: Request): void {
    if (this.served !== request) return;
    this.served = null;
    this.serveNext();
  }

  private settled(request: Request): void {
    cancel(request.timeout);
    cancel(request.arrival);
    this.unanswered.delete(request);
    if (this.unanswered.size > 0 || this.closings.length === 0) return;
    this.isOpen = false;
    this.hangUp();
    for (const closed of this.closings.splice(0)) closed();
  }

  /** The broker forgets the connection. */
  private hangUp(): void {
    this.connection += 1;
    this.served = null;
    this.waiting.length = 0;
    for (const { arrival } of this.unanswered) cancel(arrival);
    this.cluster.disconnected(this.port, this);
  }

  private watch(request: Request, timeoutMs: number): void {
    request.timeout = this.cluster.world.schedule(timeoutMs, request.process, () => {
      this.settled(request);
      request.reject(requestTimedOut(this.host, this.port, request.api));
    });
  }
}

function cancel(scheduled: Scheduled | null): void {
  if (scheduled !== null) scheduled.isCancelled = true;
}
