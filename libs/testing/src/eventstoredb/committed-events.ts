/** What the server allows itself: about 70,000 events of streams with 45-letter names. */
const CAPACITY_BYTES = 8 * 1024 * 1024;
const BYTES_AN_EVENT = 28;

interface CommittedEvent {
  readonly stream: string;
  readonly revision: number;
}

/**
 * The ids a server process remembers of its own latest writes: all that protects an append whose expected revision is
 * "any" or "stream exists" against being written twice. It starts empty with each process.
 */
export class CommittedEvents {
  private readonly events = new Map<string, CommittedEvent>();
  private bytes = 0;

  constructor(private readonly capacityBytes = CAPACITY_BYTES) {}

  remember(id: string, stream: string, revision: number): void {
    const known = this.events.get(id);
    if (known !== undefined) this.forget(id, known);
    this.events.set(id, { stream, revision });
    this.bytes += size(stream);
    for (const [oldest, event] of this.events) {
      if (this.bytes <= this.capacityBytes) break;
      this.forget(oldest, event);
    }
  }

  /** The revision the id was written at, if it was written to this stream. */
  revisionOf(id: string, stream: string): number | undefined {
    const known = this.events.get(id);
    return known?.stream === stream ? known.revision : undefined;
  }

  clear(): void {
    this.events.clear();
    this.bytes = 0;
  }

  private forget(id: string, event: CommittedEvent): void {
    this.events.delete(id);
    this.bytes -= size(event.stream);
  }
}

function size(stream: string): number {
  return BYTES_AN_EVENT + 2 * stream.length;
}
