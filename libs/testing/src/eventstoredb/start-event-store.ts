import type { EventStoreCluster } from './event-store-cluster.js';
import type { EventStoreDouble, EventStoreDoubleOptions } from './event-store-double.js';
import { EventStoreDoubleProcess } from './event-store-process.js';

// The protocol's code is loaded when somebody starts a double: most specs of this library's users never do.

/** Starts a double of an EventStoreDB server of one node. */
export async function startEventStoreDouble(options: EventStoreDoubleOptions = {}): Promise<EventStoreDouble> {
  const { EventStoreDouble: Double } = await import('./event-store-double.js');
  return new Double(options).start();
}

/** Starts doubles of the members of a cluster that share one log, the first of them as leader. */
export async function startEventStoreCluster(
  size = 3,
  options: Omit<EventStoreDoubleOptions, 'port'> = {},
): Promise<EventStoreCluster> {
  const { startCluster } = await import('./event-store-cluster.js');
  return startCluster(size, options);
}

/** Starts a double in a child process, run from the sources. It ends with this process. */
export function startEventStoreDoubleProcess(options: EventStoreDoubleOptions = {}): Promise<EventStoreDoubleProcess> {
  return EventStoreDoubleProcess.start(options);
}
