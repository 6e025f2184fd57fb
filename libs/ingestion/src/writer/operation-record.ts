import type { EventStore } from '@retention/event-store';
import { OPERATIONS_STREAM } from './operation.js';

const PAGE_EVENTS = 1000;

/** How far the record of operations has come. What was read of it once is not read again. */
export class OperationRecord {
  private known = 0;

  constructor(private readonly store: EventStore) {}

  async version(): Promise<number> {
    for (;;) {
      const page = await this.store.readStream(OPERATIONS_STREAM, this.known, PAGE_EVENTS);
      this.known += page.length;
      if (page.length < PAGE_EVENTS) return this.known;
    }
  }
}
