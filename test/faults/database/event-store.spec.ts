import { openEventStore } from '@retention/event-store';
import { companionRowsOf } from '../../../libs/event-store/src/contract/companions.spec-support.js';
import { describeEventStore } from '../../../libs/event-store/src/event-store-contract.spec-support.js';
import { Random } from '../world/random.js';
import { DirectPool } from './direct-pool.js';
import { SimulatedPostgres } from './simulated-postgres.js';

const KEPT = { keptIn: 'postgres', eventStoreDb: null } as const;

describeEventStore('The simulated PostgreSQL', async () => {
  const server = new SimulatedPostgres({ now: Date.now, random: new Random(1) });
  const direct = new DirectPool(server);
  const pool = direct.asPool();
  return {
    store: await openEventStore(pool, KEPT),
    companionRows: await companionRowsOf(new DirectPool(server).asPool()),
    interrupt: () => {
      direct.cut();
      return Promise.resolve();
    },
    openAnother: () => openEventStore(pool, KEPT),
    close: () => pool.end(),
  };
});
