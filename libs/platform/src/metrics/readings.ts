import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

/** Prometheus waits ten seconds by default, and what is late for it is lost with everything else of the scrape. */
const READ_WITHIN_MS = 3_000;

export interface Figure {
  readonly labels?: Readonly<Record<string, string | number>>;
  readonly value: number;
}

export interface ReadGauge<Result> {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  /** What the gauge shows of what was read. */
  readonly figures: (result: Result) => readonly Figure[];
}

/** Something outside this process that is asked at each scrape, and the gauges that show the answer. */
export interface Reading<Result> {
  /** The label under which `retention_reading_up` says whether it could be read. */
  readonly name: string;
  readonly read: () => Promise<Result>;
  readonly gauges: readonly ReadGauge<Result>[];
}

/**
 * Gauges that are read from a database or a broker when somebody asks for the metrics. Whatever is away, the scrape
 * answers: what could not be read in time is absent, for an old figure would look like a fresh one, and
 * `retention_reading_up` is 0 for it.
 */
export class Readings {
  private readonly attempts = new Map<string, () => Promise<{ readonly result: unknown } | null>>();

  constructor(
    private readonly metrics: Registry,
    private readonly withinMs = READ_WITHIN_MS,
  ) {
    const up: Gauge = new Gauge({
      name: 'retention_reading_up',
      help: '1 where the figures of a reading could be read for this scrape, 0 where they are absent',
      labelNames: ['reading'],
      registers: [metrics],
      collect: async () => {
        const attempts = [...this.attempts].map(async ([reading, attempt]) => {
          up.set({ reading }, (await attempt()) === null ? 0 : 1);
        });
        await Promise.all(attempts);
      },
    });
  }

  add<Result>({ name, read, gauges }: Reading<Result>): void {
    const attempt = sharedAttempt(read, this.withinMs);
    this.attempts.set(name, attempt);
    for (const { name: gaugeName, help, labels = [], figures } of gauges) {
      const gauge: Gauge = new Gauge({
        name: gaugeName,
        help,
        labelNames: [...labels],
        registers: [this.metrics],
        collect: async () => {
          const answer = await attempt();
          gauge.reset();
          // A gauge without labels is reset to 0, which would be a figure.
          if (labels.length === 0) gauge.remove();
          if (answer === null) return;
          for (const { labels: of = {}, value } of figures(answer.result)) gauge.set({ ...of }, value);
        },
      });
    }
  }
}

/**
 * One attempt for all who ask at the same time, null when it failed or took too long. One that took too long is left to
 * end, and the next who ask wait for it instead of beginning another: what hangs is asked once, not once a scrape.
 */
function sharedAttempt<Result>(
  read: () => Promise<Result>,
  withinMs: number,
): () => Promise<{ readonly result: Result } | null> {
  let underWay: Promise<{ readonly result: Result } | null> | null = null;
  const begin = async (): Promise<{ readonly result: Result } | null> => {
    try {
      return { result: await read() };
    } catch {
      return null;
    } finally {
      underWay = null;
    }
  };
  return async () => {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), withinMs);
    });
    underWay ??= begin();
    const outcome = await Promise.race([underWay, timeout]);
    clearTimeout(timer);
    return outcome;
  };
}
