/** A connection that can break. */
interface Channel {
  cut(): void;
}

interface Node {
  isUp: boolean;
  readonly channels: Set<Channel>;
}

/** The brokers of a cluster, numbered from 0. The port of each is one more than its number. */
export class BrokerNodes {
  private readonly nodes: Node[];

  constructor(count: number) {
    this.nodes = Array.from({ length: count }, () => ({ isUp: true, channels: new Set() }));
  }

  get up(): number[] {
    return this.nodes.flatMap(({ isUp }, number) => (isUp ? [number] : []));
  }

  isUp(number: number): boolean {
    return this.nodes[number]?.isUp === true;
  }

  /** One, or all. Every connection breaks. */
  stop(number?: number): void {
    for (const [at, node] of this.nodes.entries()) {
      if (number !== undefined && at !== number) continue;
      node.isUp = false;
      for (const channel of [...node.channels]) channel.cut();
    }
  }

  start(number?: number): void {
    for (const [at, node] of this.nodes.entries()) if (number === undefined || at === number) node.isUp = true;
  }

  connected(number: number, channel: Channel): void {
    this.nodes[number]?.channels.add(channel);
  }

  disconnected(number: number, channel: Channel): void {
    this.nodes[number]?.channels.delete(channel);
  }

  /** The preferred one, or the next that is up; null when none is. */
  firstUp(preferred: number): number | null {
    const { length } = this.nodes;
    for (let step = 0; step < length; step += 1) {
      const number = (preferred + step) % length;
      if (this.isUp(number)) return number;
    }
    return null;
  }
}
