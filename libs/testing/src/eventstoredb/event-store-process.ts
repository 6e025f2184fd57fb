import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { EventStoreDoubleOptions, InspectedEvent } from './event-store-double.js';
import type { FaultOf, FaultTarget, RandomFaults } from './faults.js';

const MAIN = fileURLToPath(new URL('./event-store-process-main.ts', import.meta.url));
const LOADER = new URL('../../../../test/support/typescript.mjs', import.meta.url).href;

/** What the process is told to do. */
export type DoubleCommand =
  | { [T in FaultTarget]: { order: 'next'; target: T; fault: FaultOf[T]; stream?: string } }[FaultTarget]
  | { readonly order: 'randomly'; readonly plan: RandomFaults }
  | { readonly order: 'freeze'; readonly ms: number }
  | {
      readonly order:
        | 'stop-faults'
        | 'fault-counts'
        | 'calls'
        | 'all'
        | 'drop-connections'
        | 'restart'
        | 'replicate'
        | 'scavenge'
        | 'write-system-event';
    };

export interface DoubleRequest {
  readonly id: number;
  readonly command: DoubleCommand;
}

export interface DoubleAnswer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

interface Asked {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A double in a process of its own: it shares no event loop and no memory with what is tested or measured. */
export class EventStoreDoubleProcess {
  private readonly asked = new Map<number, Asked>();
  private lastId = 0;

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {
    child.on('message', (message) => {
      const { id, result, error } = message as DoubleAnswer;
      const asked = this.asked.get(id);
      this.asked.delete(id);
      if (error === undefined) asked?.resolve(result);
      else asked?.reject(new Error(error));
    });
    child.once('exit', () => {
      for (const { reject } of this.asked.values()) reject(new Error('The process of the double has ended.'));
      this.asked.clear();
    });
  }

  static async start(options: EventStoreDoubleOptions): Promise<EventStoreDoubleProcess> {
    const child = fork(MAIN, [JSON.stringify(options)], { execArgv: ['--import', LOADER] });
    const url = await new Promise<string>((resolve, reject) => {
      child.once('message', (message) => resolve((message as DoubleAnswer).result as string));
      child.once('exit', (code) => reject(new Error(`The double did not start (exit code ${String(code)}).`)));
      child.once('error', reject);
    });
    return new EventStoreDoubleProcess(child, url);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  readonly faults = {
    /** `stream` is the exact name, or `$all`. */
    next: <T extends FaultTarget>(target: T, fault: FaultOf[T], stream?: string): Promise<void> => {
      const command = { order: 'next', target, fault, ...(stream === undefined ? {} : { stream }) };
      return this.tell(command as DoubleCommand);
    },
    randomly: (plan: RandomFaults): Promise<void> => this.tell({ order: 'randomly', plan }),
    stop: (): Promise<void> => this.tell({ order: 'stop-faults' }),
    counts: async (): Promise<Readonly<Record<string, number>>> =>
      (await this.ask({ order: 'fault-counts' })) as Record<string, number>,
  };

  async calls(): Promise<ReadonlyMap<string, number>> {
    return new Map(Object.entries((await this.ask({ order: 'calls' })) as Record<string, number>));
  }

  async all(): Promise<InspectedEvent[]> {
    return (await this.ask({ order: 'all' })) as InspectedEvent[];
  }

  /** The double answers nothing for so long, while its connections live. `suspend` stops the connections too. */
  freezeAll(ms: number): Promise<void> {
    return this.tell({ order: 'freeze', ms });
  }

  dropConnections(): Promise<void> {
    return this.tell({ order: 'drop-connections' });
  }

  restart(): Promise<void> {
    return this.tell({ order: 'restart' });
  }

  replicate(): Promise<void> {
    return this.tell({ order: 'replicate' });
  }

  scavenge(): Promise<void> {
    return this.tell({ order: 'scavenge' });
  }

  writeSystemEvent(): Promise<void> {
    return this.tell({ order: 'write-system-event' });
  }

  /** SIGSTOP: not even a keep-alive is answered. Nothing can be asked of it until `resume`. */
  suspend(): void {
    this.child.kill('SIGSTOP');
  }

  resume(): void {
    this.child.kill('SIGCONT');
  }

  /** SIGKILL; resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await gone;
  }

  private async tell(command: DoubleCommand): Promise<void> {
    await this.ask(command);
  }

  private ask(command: DoubleCommand): Promise<unknown> {
    this.lastId += 1;
    const request: DoubleRequest = { id: this.lastId, command };
    return new Promise((resolve, reject) => {
      this.asked.set(request.id, { resolve, reject });
      this.child.send(request, (error) => {
        if (error !== null && this.asked.delete(request.id)) reject(error);
      });
    });
  }
}
