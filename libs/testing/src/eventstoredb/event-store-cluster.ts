import {
  connectionString,
  EventStoreDouble,
  type EventStoreDoubleOptions,
  type Surroundings,
} from './event-store-double.js';
import { EventLog } from './event-log.js';

/** Doubles that share one log; one of them leads. */
export class EventStoreCluster {
  private leaderAt = 0;

  constructor(
    readonly members: readonly EventStoreDouble[],
    private readonly options: EventStoreDoubleOptions,
  ) {}

  get leader(): EventStoreDouble {
    return this.members[this.leaderAt] as EventStoreDouble;
  }

  get followers(): EventStoreDouble[] {
    return this.members.filter((member) => member !== this.leader);
  }

  /** Names every member; the client asks one of them for the others. */
  get url(): string {
    return connectionString(
      'esdb',
      this.members.map((member) => member.self),
      this.options,
    );
  }

  /** Names one member, as a DNS name would. */
  get discoverUrl(): string {
    return connectionString('esdb+discover', [this.leader.self], this.options);
  }

  /** Elects another running member, the next one when none is named. Connections stay, as they do on the server. */
  moveLeader(to?: EventStoreDouble): void {
    const size = this.members.length;
    for (let step = 1; step <= size; step += 1) {
      const at = (this.leaderAt + step) % size;
      const member = this.members[at];
      if (member?.isRunning === true && (to === undefined || member === to)) {
        this.leaderAt = at;
        return;
      }
    }
    throw new Error('No running member can lead.');
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop()));
  }
}

export async function startCluster(
  size: number,
  options: Omit<EventStoreDoubleOptions, 'port'>,
): Promise<EventStoreCluster> {
  const members: EventStoreDouble[] = [];
  const cluster = new EventStoreCluster(members, options);
  const surroundings: Surroundings = {
    log: new EventLog(),
    leader: () => cluster.leader.self,
    members: () =>
      members.map((member) => ({
        ...member.self,
        instanceId: member.instanceId,
        isLeader: member === cluster.leader,
        isAlive: member.isRunning,
      })),
  };
  for (let count = 0; count < size; count += 1) {
    members.push(await new EventStoreDouble(options, surroundings).start());
  }
  return cluster;
}
