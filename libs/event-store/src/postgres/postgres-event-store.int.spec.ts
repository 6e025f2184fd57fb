import { createPool } from '@retention/platform';
import { companionRowsOf } from '../contract/companions.spec-support.js';
import { describeEventStore } from '../event-store-contract.spec-support.js';
import { PostgresEventStore } from './postgres-event-store.js';
import { cutConnections, openStoreForSpec } from './postgres-store.spec-support.js';

describeEventStore('PostgreSQL', async () => {
  const { url, store, pool, close } = await openStoreForSpec();
  const besides = createPool(url, { max: 2, applicationName: 'beside the store' });
  return {
    store,
    companionRows: await companionRowsOf(besides),
    interrupt: () => cutConnections(besides),
    openAnother: () => PostgresEventStore.open(pool),
    close: async () => {
      await besides.end();
      await close();
    },
  };
});
