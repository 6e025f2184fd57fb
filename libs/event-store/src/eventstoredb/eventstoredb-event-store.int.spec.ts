import { createPool } from '@retention/platform';
import { companionRowsOf } from '../contract/companions.spec-support.js';
import { describeEventStore } from '../event-store-contract.spec-support.js';
import { cutConnections } from '../postgres/postgres-store.spec-support.js';
import { openEventStoreDbForSpec } from './eventstoredb-store.spec-support.js';

const where = process.env['EVENTSTORE_URL'] === undefined ? 'its double' : 'a real server';

describeEventStore(`EventStoreDB (${where})`, async () => {
  const { url, double, store, openAnother, close } = await openEventStoreDbForSpec();
  const besides = createPool(url, { max: 2, applicationName: 'beside the store' });
  let interruptions = 0;
  return {
    store,
    companionRows: await companionRowsOf(besides),
    // The two halves fail by turns; a real server's connections cannot be cut from here.
    interrupt: async () => {
      interruptions += 1;
      if (double !== null && interruptions % 2 === 0) double.dropConnections();
      else await cutConnections(besides);
    },
    openAnother: () => openAnother(),
    close: async () => {
      await besides.end();
      await close();
    },
  };
});
