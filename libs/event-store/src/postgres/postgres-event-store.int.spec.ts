import { describeEventStore } from '../event-store-contract.spec-support.js';
import { openStoreForSpec } from './postgres-store.spec-support.js';

describeEventStore(
  'PostgreSQL',
  async () => {
    const { store, pool, close } = await openStoreForSpec();
    await pool.query('CREATE TABLE companion (key text PRIMARY KEY)');
    return {
      store,
      companionRows: {
        insert: 'INSERT INTO companion (key) VALUES ($1)',
        insertUnlessThere: 'INSERT INTO companion (key) VALUES ($1) ON CONFLICT DO NOTHING',
        remove: 'DELETE FROM companion WHERE key = $1',
        isThere: async (key) => (await pool.query('SELECT FROM companion WHERE key = $1', [key])).rowCount === 1,
      },
      close,
    };
  },
  { hasSqlCompanions: true },
);
