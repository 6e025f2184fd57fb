import { afterAll, beforeAll, describe } from '@jest/globals';
import { describeCompanions } from './contract/companions.spec-support.js';
import type { CompanionRows } from './contract/companions.spec-support.js';
import { describeContent } from './contract/content.spec-support.js';
import { describeInterruption } from './contract/interruption.spec-support.js';
import type { Interruptible } from './contract/interruption.spec-support.js';
import { describeOffsets } from './contract/offsets.spec-support.js';
import { describeReading } from './contract/reading.spec-support.js';
import { describeVersions } from './contract/versions.spec-support.js';
import { describeWriters } from './contract/writers.spec-support.js';
import type { EventStore } from './port.js';

export interface OpenedStore extends Interruptible {
  readonly companionRows: CompanionRows;
  close(): Promise<void>;
}

/** What every adapter of the port promises. `open` gives an empty store, or one nothing else writes to meanwhile. */
export function describeEventStore(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name} as an event store`, () => {
    let opened: OpenedStore;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());

    const store = (): EventStore => opened.store;
    describeVersions(store);
    describeContent(store);
    describeOffsets(store);
    describeReading(store);
    describeWriters(store);
    describeInterruption(() => opened);
    describeCompanions(() => ({ store: opened.store, rows: opened.companionRows }));
  });
}
