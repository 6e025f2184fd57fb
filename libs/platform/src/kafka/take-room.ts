export interface Load {
  readonly records: number;
  readonly bytes: number;
}

interface Waiting {
  readonly load: Load;
  readonly enter: () => void;
}

/**
 * Room for what is being stored at once, shared by the partitions of an assignment. Who has waited longest enters first;
 * what is larger than all the room enters when it is empty.
 */
export class TakeRoom {
  private records = 0;
  private bytes = 0;
  private readonly waiting: Waiting[] = [];

  constructor(readonly most: Load) {}

  /** Resolves once there is room. To be followed by one `leave` with the same load. */
  enter(load: Load): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push({ load, enter: resolve });
      this.admit();
    });
  }

  leave({ records, bytes }: Load): void {
    this.records -= records;
    this.bytes -= bytes;
    this.admit();
  }

  private admit(): void {
    for (let first = this.waiting[0]; first !== undefined && this.hasRoomFor(first.load); first = this.waiting[0]) {
      this.waiting.shift();
      this.records += first.load.records;
      this.bytes += first.load.bytes;
      first.enter();
    }
  }

  private hasRoomFor({ records, bytes }: Load): boolean {
    if (this.records === 0) return true;
    return this.records + records <= this.most.records && this.bytes + bytes <= this.most.bytes;
  }
}
