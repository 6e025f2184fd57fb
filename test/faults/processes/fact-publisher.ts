import type { RecordProducer } from '@retention/platform';
import type { SimulatedMessage } from '@retention/simulation';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../world/random.js';

/** Of the facts, so many are published a second time, some time later. */
const REPEATED = 0.2;
/** A fact is published again while it is among the last so many. */
const RECENT = 5000;
const TOGETHER_MAX = 500;
/** While no fact may be published yet, so many old ones are each time: nobody is ever without work for long. */
const IDLE_REPEATS = 100;
const IDLE_EVERY_MS = 250;
const RETRY_MS = 250;

/** Publishes a lender's facts, keyed by customer, a part of them twice. A broker that is away is waited for. */
export class FactPublisher {
  private readonly recent: SimulatedMessage[] = [];
  private published = 0;

  constructor(
    private readonly producer: RecordProducer,
    private readonly topic: string,
    private readonly facts: Iterator<SimulatedMessage, void>,
    private readonly random: Random,
    /** Aborted when nobody waits for the facts any more. */
    private readonly signal: AbortSignal,
  ) {}

  /** How many different facts have been published. */
  get factsPublished(): number {
    return this.published;
  }

  /** Publishes facts up to the number `allowed` says, as it rises, and repeats others meanwhile. */
  async publishWhile(isOn: () => boolean, allowed: () => number): Promise<void> {
    while (isOn()) {
      const due = Math.min(TOGETHER_MAX, Math.floor(allowed()) - this.published);
      if (due > 0) await this.publish(due);
      else {
        await this.send(this.repeats(IDLE_REPEATS));
        await delay(IDLE_EVERY_MS);
      }
    }
  }

  /** Publishes all that is left. */
  async publishRest(facts: number): Promise<void> {
    while (this.published < facts) await this.publish(Math.min(TOGETHER_MAX, facts - this.published));
  }

  private async publish(count: number): Promise<void> {
    const messages: SimulatedMessage[] = [];
    for (let n = 0; n < count; n += 1) {
      const next = this.facts.next();
      if (next.done === true) throw new Error('the lender has nothing more to report');
      messages.push(next.value);
    }
    this.recent.push(...messages);
    this.recent.splice(0, this.recent.length - RECENT);
    await this.send([...messages, ...this.repeats(Math.round(count * REPEATED))]);
    this.published += count;
  }

  private repeats(count: number): SimulatedMessage[] {
    return this.recent.length === 0 ? [] : Array.from({ length: count }, () => this.random.pick(this.recent));
  }

  /** Sent again as a whole when it is not known whether it is there: then it is there twice. */
  private async send(messages: readonly SimulatedMessage[]): Promise<void> {
    const records = messages.map(({ key, line }) => ({ key, value: line }));
    for (;;) {
      try {
        await this.producer.send(this.topic, records);
        return;
      } catch {
        this.signal.throwIfAborted();
        await delay(RETRY_MS);
      }
    }
  }
}
