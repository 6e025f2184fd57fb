import { dueCustomerCount } from '@retention/ingestion';
import type { Config } from '@retention/platform';
import { eventsBehind } from '@retention/projections';
import { everyCustomer, readModels } from '@retention/read-models';
import { interruptible } from '../terminal/interruption.js';
import type { Output } from '../terminal/output.js';
import { writePieces } from '../terminal/write-pieces.js';
import { visitRuntime } from '../visit-runtime.js';
import type { ExportFormat } from './export-format.js';
import { customerRecords } from './record-of-row.js';
import { writtenPieces } from './written-pieces.js';

export interface ExportRequest {
  readonly format: ExportFormat;
  /** Null: standard output. */
  readonly out: string | null;
}

/**
 * Writes every customer in the order of their ids. Customers still to be decided and read models that are behind are said
 * to be, and exported as they are.
 */
export function exportCustomers(config: Config, { format, out }: ExportRequest, output: Output): Promise<void> {
  return interruptible((signal) =>
    visitRuntime(config, async ({ store, database, dataSource }) => {
      const customersDue = await dueCustomerCount(database);
      if (customersDue > 0)
        output.say(`${customersDue} customers are still to be decided for the days that are closed.`);
      const lagEvents = await eventsBehind(database, readModels(), await store.head());
      if (lagEvents > 0) output.say(`The read models are ${lagEvents} events behind what is known.`);
      let rows = 0;
      const count = (records: number): void => void (rows += records);
      const records = customerRecords(everyCustomer(dataSource));
      await writePieces(writtenPieces(records, format, count), out, signal);
      if (out === null) return;
      await output.result({ file: out, rows, customersDue, lagEvents }, () => [`${rows} customers in ${out}`]);
    }),
  );
}
