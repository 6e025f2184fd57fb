import { afterAll, beforeAll, describe } from '@jest/globals';
import { describeCompanions } from './contract/companions.spec-support.js';
import type { CompanionRows } from './contract/companions.spec-support.js';
import { describeContent } from './contract/content.spec-support.js';
import { describeOffsets } from './contract/offsets.spec-support.js';
import { describeReading } from './contract/reading.spec-support.js';
import { describeVersions } from './contract/versions.spec-support.js';
import { describeWriters } from './contract/writers.spec-support.js';
import type { EventStore } from './port.js';

export interface OpenedStore {
  readonly store: EventStore;
  /** Null in a store whose companions are no SQL statements. */
  readonly companionRows: CompanionRows | null;
  close(): Promise<void>;
}

export interface ContractOptions {
  /** Whether companions are SQL statements, and so are tested. */
  readonly hasSqlCompanions: boolean;
}

/** What every adapter of the port promises. `open` gives an empty store, or one nothing else writes to meanwhile. */
export function describeEventStore(name: string, open: () => Promise<OpenedStore>, options: ContractOptions): void {
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
    if (options.hasSqlCompanions) {
      describeCompanions(() => {
        if (opened.companionRows === null) throw new Error(`${name} gives no rows for its companions`);
        return { store: opened.store, rows: opened.companionRows };
      });
    }
  });
}
