/** What a check found. `details` are shown to whoever asks: figures and states, no addresses or secrets. */
export interface CheckOutcome {
  readonly up: boolean;
  readonly details?: Readonly<Record<string, unknown>>;
}

export type HealthCheck = () => CheckOutcome | Promise<CheckOutcome>;

export interface HealthReport {
  readonly status: 'up' | 'down';
  readonly checks: Readonly<Record<string, { readonly status: 'up' | 'down'; readonly [detail: string]: unknown }>>;
}

/** Shorter than the patience of the usual prober (Kubernetes: 1 s by default, commonly set to 3 s or more). */
const CHECK_TIMEOUT_MS = 2_000;

/**
 * The named checks of a process. Liveness: is it beyond help, so that it had better be started anew. Readiness: can it do its
 * work now; a database that is away makes it unready, not dead.
 */
export class HealthRegistry {
  private readonly checks = { liveness: new Map<string, HealthCheck>(), readiness: new Map<string, HealthCheck>() };

  constructor(private readonly checkTimeoutMs = CHECK_TIMEOUT_MS) {}

  /** Returns the function that takes the check away again. A name is given once. */
  addLiveness(name: string, check: HealthCheck): () => void {
    return this.add('liveness', name, check);
  }

  addReadiness(name: string, check: HealthCheck): () => void {
    return this.add('readiness', name, check);
  }

  liveness(): Promise<HealthReport> {
    return this.report('liveness');
  }

  readiness(): Promise<HealthReport> {
    return this.report('readiness');
  }

  private add(kind: keyof typeof this.checks, name: string, check: HealthCheck): () => void {
    const checks = this.checks[kind];
    if (checks.has(name)) throw new Error(`The ${kind} check "${name}" is there already`);
    checks.set(name, check);
    return () => void checks.delete(name);
  }

  private async report(kind: keyof typeof this.checks): Promise<HealthReport> {
    const entries = [...this.checks[kind]];
    const outcomes = await Promise.all(
      entries.map(async ([name, check]) => ({ name, outcome: await this.run(check) })),
    );
    const statusOf = (up: boolean): 'up' | 'down' => (up ? 'up' : 'down');
    const checks = outcomes.map(
      ({ name, outcome: { up, details } }) => [name, { ...details, status: statusOf(up) }] as const,
    );
    return {
      status: statusOf(outcomes.every(({ outcome }) => outcome.up)),
      checks: Object.fromEntries(checks),
    };
  }

  /** A check that throws or does not end is down: it cannot take the others with it. */
  private async run(check: HealthCheck): Promise<CheckOutcome> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<CheckOutcome>((resolve) => {
      const reason = `no answer within ${this.checkTimeoutMs} ms`;
      timer = setTimeout(() => resolve({ up: false, details: { reason } }), this.checkTimeoutMs);
    });
    try {
      return await Promise.race([Promise.resolve().then(check), timeout]);
    } catch (error) {
      // The message may name hosts and users; the code or the type is enough to know where to look.
      const { code, name } = error as { code?: unknown; name?: string };
      return { up: false, details: { reason: typeof code === 'string' ? code : (name ?? 'Error') } };
    } finally {
      clearTimeout(timer);
    }
  }
}
