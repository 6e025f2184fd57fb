import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { spawnApp } from '../../support/processes.js';
import type { AppProcess } from '../../support/processes.js';
import type { AfterUs } from './after-us.js';
import type { App } from './chaos-plan.js';

const WAKING_MS = 2000;
const OUTPUT_LINES_SHOWN = 60;
/** What every start logs and tells nothing. */
const OF_NEST_STARTING = /"context":"(InstanceLoader|RoutesResolver|RouterExplorer|NestFactory)"/;
const METRICS_WITHIN_MS = 1000;

interface LogLine {
  readonly level?: string;
  readonly msg?: string;
  readonly kind?: string;
  readonly partitions?: readonly { readonly partition: number }[];
}

export interface PlaceOptions {
  readonly app: App;
  readonly number: number;
  readonly variables: Readonly<Record<string, string>>;
  readonly builtIn: string;
  readonly afterUs: AfterUs;
  /** Told of a process that ended though nobody had ended it. */
  readonly onEnd: (what: string) => void;
  /** Told when the process got or lost partitions. */
  readonly onPartitions: (what: string) => void;
}

/** Where processes of one kind run one after the other: each time one is ended, the next takes its place. */
export class AppPlace {
  readonly app: App;
  readonly name: string;
  /** What all processes of this place have logged of the consumer, by kind, and their errors by message. */
  readonly logged = new Map<string, number>();
  /** What the processes have counted, as far as they were asked before their end. */
  readonly counted = new Map<string, number>();
  /** The most memory a process of this place had, in bytes, as far as they were asked before their end; 0 where none says. */
  memoryBytesMax = 0;
  private running: AppProcess | null = null;
  private assigned = new Set<number>();
  private isEnding = false;
  private since = 0;

  constructor(private readonly options: PlaceOptions) {
    this.app = options.app;
    this.name = `${options.app} ${options.number}`;
  }

  get pid(): number | null {
    return this.running?.child.pid ?? null;
  }

  /** When the process was started or woken, in milliseconds since 1970. */
  get startedAt(): number {
    return this.since;
  }

  /** Partitions the process was given by the group, as it has logged. */
  get partitions(): readonly number[] {
    return [...this.assigned];
  }

  /** The process is not waited for. */
  async start(): Promise<void> {
    const { app, variables, builtIn, onEnd, afterUs } = this.options;
    this.assigned = new Set();
    this.since = Date.now();
    const running = await spawnApp(app, variables, builtIn);
    this.running = running;
    afterUs.runs(running.child.pid, 'KILL');
    this.isEnding = false;
    running.child.stdout?.on('data', this.lineReader());
    running.child.once('exit', (code, signal) => {
      afterUs.gone(running.child.pid);
      if (this.isEnding || this.running !== running) return;
      onEnd(`${this.name} ended by itself with ${signal ?? `code ${String(code)}`}.\n${this.lastOutput()}`);
    });
  }

  async kill(): Promise<void> {
    this.isEnding = true;
    await this.process.kill();
  }

  /** SIGTERM; resolves with the exit code and how long it took. After `limitMs` the process is killed. */
  async term(limitMs: number): Promise<{ readonly code: number | null; readonly tookMs: number }> {
    this.isEnding = true;
    const startedAt = performance.now();
    const timer = setTimeout(() => void this.process.kill(), limitMs);
    const code = await this.process.stop();
    clearTimeout(timer);
    return { code, tookMs: performance.now() - startedAt };
  }

  freeze(): void {
    this.process.child.kill('SIGSTOP');
  }

  wake(): void {
    // What it was about when it fell asleep it may still bring to an end; that does not show that it is at work again.
    this.since = Date.now() + WAKING_MS;
    this.process.child.kill('SIGCONT');
  }

  /** When the process has stored its last batch, in milliseconds since 1970; null when it has none or does not answer. */
  async lastBatchAt(): Promise<number | null> {
    try {
      const { body } = await this.process.get('/health/ready');
      return (body as { checks: { kafka: { lastBatchAt: number | null } } }).checks.kafka.lastBatchAt;
    } catch {
      return null;
    }
  }

  async readiness(): Promise<{ readonly status: number; readonly body: unknown }> {
    return this.process.get('/health/ready').catch((error: unknown) => ({ status: 0, body: String(error) }));
  }

  /** Adds what the process has counted to `counted`; to be called once, before its end. A process that is too busy is left. */
  async noteCounts(): Promise<void> {
    this.memoryBytesMax = Math.max(this.memoryBytesMax, peakMemoryOf(this.pid));
    try {
      const answer = await fetch(`${this.process.address}/metrics`, { signal: AbortSignal.timeout(METRICS_WITHIN_MS) });
      const figures = (await answer.text()).matchAll(
        /^(?:retention_facts_total\{door="kafka",outcome="([^"]+)".*\}|retention_writer_(conflicts)_total(?:\{.*\})?) (\d+)$/gm,
      );
      for (const [, outcome, conflicts, count] of figures) add(this.counted, outcome ?? conflicts ?? '', Number(count));
    } catch {
      // What it has counted is lost with it, as with any kill -9.
    }
  }

  /** The end of what the process has printed. */
  lastOutput(): string {
    const lines = this.process.output().trimEnd().split('\n');
    return lines
      .filter((line) => !OF_NEST_STARTING.test(line))
      .slice(-OUTPUT_LINES_SHOWN)
      .join('\n');
  }

  private get process(): AppProcess {
    if (this.running === null) throw new Error(`${this.name} was never started`);
    return this.running;
  }

  private lineReader(): (chunk: Buffer) => void {
    let rest = '';
    return (chunk) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.read(line);
    };
  }

  private read(text: string): void {
    let line: LogLine;
    try {
      line = JSON.parse(text) as LogLine;
    } catch {
      return;
    }
    const { kind, partitions = [] } = line;
    if (kind === 'assigned') for (const { partition } of partitions) this.assigned.add(partition);
    if (kind === 'revoked') for (const { partition } of partitions) this.assigned.delete(partition);
    if (kind === 'assigned' || kind === 'revoked') {
      this.options.onPartitions(`${this.name} reads partitions ${this.partitions.join() || 'none'}`);
    }
    if (line.msg?.startsWith('kafka: ') === true || line.level === 'error' || line.level === 'fatal') {
      add(this.logged, line.msg ?? 'error', 1);
    }
  }
}

/** The most a process had in memory so far, in bytes; 0 where the system does not tell. */
function peakMemoryOf(pid: number | null): number {
  try {
    const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

export function add(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}

/** Kills every process of the places, also those that are frozen, whatever else has failed. */
export async function endAll(places: readonly AppPlace[]): Promise<void> {
  await Promise.race([Promise.allSettled(places.map((place) => place.kill())), delay(5000, undefined, { ref: false })]);
}
