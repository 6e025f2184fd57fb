import { companionRowsOf } from '../contract/companions.spec-support.js';
import { describeEventStore } from '../event-store-contract.spec-support.js';
import { openEventStoreDbForSpec } from './eventstoredb-store.spec-support.js';

const where = process.env['EVENTSTORE_URL'] === undefined ? 'its double' : 'a real server';

describeEventStore(`EventStoreDB (${where})`, async () => {
  const { store, pool, close } = await openEventStoreDbForSpec();
  return { store, companionRows: await companionRowsOf(pool), close };
});
