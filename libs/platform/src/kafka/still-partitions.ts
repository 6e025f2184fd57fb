import { Standstill } from '../metrics/standstill.js';
import type { SourceLag } from './source-types.js';

const LOOKS_PER_STANDSTILL = 4;

/**
 * Partitions that have records left to read, that nothing holds, and that get no further all the same: what a client or a
 * broker has never been seen to do cannot be repaired here, but it must not look well.
 */
export class StillPartitions {
  private standstill = new Standstill();
  private still: readonly string[] = [];
  private timer: NodeJS.Timeout | undefined;
  private isLooking = false;

  constructor(
    private readonly standstillMs: number,
    private readonly lag: () => Promise<SourceLag[]>,
    /** Whether this process reads the partition, and waits for the next records of it. */
    private readonly waits: (topic: string, partition: number) => boolean,
  ) {}

  /** Looks again and again from now on, as if nothing had been seen. */
  watch(): void {
    this.end();
    this.timer = setInterval(() => void this.look(), this.standstillMs / LOOKS_PER_STANDSTILL);
  }

  end(): void {
    clearInterval(this.timer);
    this.standstill = new Standstill();
    this.still = [];
  }

  /** One sentence for each. */
  problems(): readonly string[] {
    return this.still;
  }

  private async look(): Promise<void> {
    // Brokers that are away are asked for longer than a look lasts.
    if (this.isLooking) return;
    const { standstill } = this;
    this.isLooking = true;
    // Who cannot ask them hears so from the consumer itself.
    const lags = await this.lag().catch(() => []);
    this.isLooking = false;
    if (standstill !== this.standstill) return;
    const waiting = lags.filter(({ topic, partition, lag }) => lag > 0n && this.waits(topic, partition));
    const seconds = standstill.look(waiting.map((one) => ({ key: nameOf(one), position: one.end - one.lag })));
    this.still = waiting.flatMap((one) => {
      const still = seconds.get(nameOf(one)) ?? 0;
      return still * 1_000 < this.standstillMs ? [] : [sentence(one, still)];
    });
  }
}

function nameOf({ topic, partition }: SourceLag): string {
  return `${topic}\n${partition}`;
}

function sentence({ topic, partition, end, lag }: SourceLag, seconds: number): string {
  return (
    `${topic} partition ${partition}: nothing from offset ${end - lag} on has been read for ${Math.round(seconds)} s, ` +
    `though the log goes on to ${end}.`
  );
}
