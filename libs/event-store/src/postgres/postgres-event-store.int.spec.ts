import { companionRowsOf } from '../contract/companions.spec-support.js';
import { describeEventStore } from '../event-store-contract.spec-support.js';
import { openStoreForSpec } from './postgres-store.spec-support.js';

describeEventStore('PostgreSQL', async () => {
  const { store, pool, close } = await openStoreForSpec();
  return { store, companionRows: await companionRowsOf(pool), close };
});
