import type { World } from '../world/world.js';
import type { BrokerNodes } from './broker-nodes.js';
import { ConsumerGroup } from './consumer-group.js';
import { protocolError } from './kafkajs-internals.js';

interface Coordinated {
  readonly group: ConsumerGroup;
  /** By how many brokers it has been moved on. */
  moved: number;
  /** The broker that coordinates it; null while none is up. */
  coordinator: number | null;
  /** Until then the coordinator loads the group and knows nothing of it. */
  loadedAt: number;
}

/** Which broker coordinates which group, and what becomes of the groups when brokers come and go. */
export class GroupCoordinators {
  private readonly groups = new Map<string, Coordinated>();

  constructor(
    private readonly world: World,
    private readonly nodes: BrokerNodes,
    private readonly initialDelayMs: number,
    /** How long loading takes. */
    private readonly loadingMs: () => number,
  ) {}

  get all(): ConsumerGroup[] {
    return [...this.groups.values()].map(({ group }) => group);
  }

  group(groupId: string): ConsumerGroup | undefined {
    return this.groups.get(groupId)?.group;
  }

  coordinatorOf(groupId: string): number | null {
    return this.nodes.firstUp(hash(groupId) + (this.groups.get(groupId)?.moved ?? 0));
  }

  isLoading(node: number, groupId: string): boolean {
    const known = this.groups.get(groupId);
    return known?.coordinator === node && this.world.now < known.loadedAt;
  }

  /** Throws when another broker coordinates the group, or this one still loads it. */
  groupAt(node: number, groupId: string): ConsumerGroup {
    if (this.coordinatorOf(groupId) !== node) throw protocolError('NOT_COORDINATOR_FOR_GROUP');
    if (this.isLoading(node, groupId)) throw protocolError('GROUP_LOAD_IN_PROGRESS');
    const known = this.groups.get(groupId);
    if (known !== undefined) return known.group;
    const group = new ConsumerGroup(this.world, this.initialDelayMs);
    this.groups.set(groupId, { group, moved: 0, coordinator: node, loadedAt: 0 });
    return group;
  }

  move(groupId: string): void {
    const known = this.groups.get(groupId);
    if (known === undefined) return;
    known.moved += 1;
    known.coordinator = null;
    this.settle();
  }

  /** After brokers have come or gone: who coordinates now, and has to load what was written down. */
  settle(): void {
    for (const [groupId, known] of this.groups) {
      const coordinator = this.coordinatorOf(groupId);
      if (coordinator === known.coordinator) continue;
      known.coordinator = coordinator;
      known.loadedAt = this.world.now + this.loadingMs();
      if (coordinator === null) known.group.suspend();
      else known.group.load();
    }
  }
}

function hash(text: string): number {
  let mixed = 0;
  for (let at = 0; at < text.length; at += 1) mixed = (Math.imul(mixed, 31) + text.charCodeAt(at)) >>> 0;
  return mixed;
}
