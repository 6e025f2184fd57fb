import { setTimeout as delay } from 'node:timers/promises';
import type { Runtime } from '@retention/runtime';
import type { KafkaTools } from '@retention/testing';
import type { AppProcess } from './processes.js';

const CONSUMER = 'kafka:retention-ingest';

/** Messages keyed by customer, as the loan system is asked to send them. */
export async function publish(tools: KafkaTools, topic: string, messages: readonly string[]): Promise<void> {
  const keyed = messages.map((value) => ({
    key: (JSON.parse(value) as { subject?: string }).subject ?? null,
    value,
  }));
  await tools.produce(topic, keyed);
}

/**
 * Waits until as many messages as were published have been taken, by the offsets kept beside the events.
 * @throws Error with what the processes printed when they are not within the time.
 */
export async function untilTaken(
  { store }: Runtime,
  messages: number,
  { processes, withinMs }: { readonly processes: readonly AppProcess[]; readonly withinMs: number },
): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const offsets = await store.offsets(CONSUMER);
    const sum = [...offsets.values()].reduce((one, other) => one + other, 0);
    if (sum === messages) return;
    if (sum > messages || Date.now() > deadline) {
      throw new Error(`${sum} of ${messages} taken\n${processes.map((running) => running.output()).join('\n')}`);
    }
    await delay(100);
  }
}
