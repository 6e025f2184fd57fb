import type { Random } from '../world/random.js';
import type { World } from '../world/world.js';
import { TOPIC } from './apps.js';
import type { Brokers } from './brokers.js';
import type { FaultCounts } from './fault-counts.js';
import type { Fleet } from './fleet.js';
import type { Delivery } from './workload.js';

const RETRY_MS = 300;
const HTTP_PATIENCE_MS = 5000;

/** Sends what it has to report until it knows that it was taken: through Kafka, and through the door of an api. */
export class LoanSystem {
  /** Sent, and not known to be taken yet. */
  private open = 0;
  private requests = 0;
  /** Answers of the HTTP door no caller can expect. */
  readonly strange: string[] = [];

  constructor(
    private readonly world: World,
    private readonly random: Random,
    private readonly parts: { readonly brokers: Brokers; readonly fleet: Fleet; readonly counts: FaultCounts },
  ) {}

  plan(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) {
      this.open += 1;
      this.world.schedule(delivery.atMs, null, () => {
        if (delivery.door === 'kafka') this.produce(delivery);
        else this.post(delivery);
      });
    }
  }

  get isDone(): boolean {
    return this.open === 0;
  }

  private produce(delivery: Delivery): void {
    const { brokers, counts } = this.parts;
    const { key, value, partition } = delivery;
    if (!brokers.isUp) {
      this.world.schedule(RETRY_MS, null, () => {
        this.produce(delivery);
      });
      return;
    }
    const to = partition ?? partitionOf(key, brokers.partitionCount(TOPIC), this.random);
    brokers.append(TOPIC, to, { key, value });
    if (this.random.chance(0.03)) {
      counts.add('sent again by the producer');
      brokers.append(TOPIC, to, { key, value });
    }
    this.open -= 1;
  }

  /** Any api will do; when it does not answer in time, another may be asked the same again. */
  private post(delivery: Delivery): void {
    const again = (): void => {
      this.world.schedule(RETRY_MS, null, () => {
        this.post(delivery);
      });
    };
    const running = this.parts.fleet.running('api');
    if (running.length === 0) {
      again();
      return;
    }
    const { process, app } = this.random.pick(running);
    this.requests += 1;
    const request = `r-${this.requests}`;
    let isOver = false;
    const over = (next: () => void) => (): void => {
      if (isOver) return;
      isOver = true;
      patience.isCancelled = true;
      next();
    };
    const patience = this.world.schedule(
      HTTP_PATIENCE_MS,
      null,
      over(() => {
        this.parts.counts.add('answer over HTTP did not come');
        again();
      }),
    );
    this.world.schedule(this.random.next() * 3, process, () => {
      app.door?.take([Buffer.from(delivery.value ?? '')], request).then(
        ({ outcomes }) => {
          const [outcome] = outcomes;
          this.world.schedule(
            this.random.next() * 3,
            null,
            over(() => this.answered(outcome?.status ?? 'nothing', delivery)),
          );
        },
        () => {
          this.world.schedule(this.random.next() * 3, null, over(again));
        },
      );
    });
  }

  private answered(status: string, delivery: Delivery): void {
    if (!['accepted', 'parked', 'duplicate'].includes(status))
      this.strange.push(`${status} for ${String(delivery.value)}`);
    this.open -= 1;
  }
}

function partitionOf(key: string | null, partitions: number, random: Random): number {
  if (key === null) return random.whole(0, partitions - 1);
  let hash = 7;
  for (const character of key) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) | 0;
  return Math.abs(hash) % partitions;
}
