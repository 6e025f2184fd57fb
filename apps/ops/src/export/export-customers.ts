import type { Config } from '@retention/platform';
import { eventsBehind } from '@retention/projections';
import { everyCustomer, readModels } from '@retention/read-models';
import type { CustomerRow } from '@retention/read-models';
import { interruptible } from '../terminal/interruption.js';
import type { Output } from '../terminal/output.js';
import { writePieces } from '../terminal/write-pieces.js';
import { visitRuntime } from '../visit-runtime.js';
import { customerRecord } from './customer-record.js';
import type { CustomerRecord } from './customer-record.js';
import type { ExportFormat } from './export-format.js';
import { heading, written } from './written-records.js';

export interface ExportRequest {
  readonly format: ExportFormat;
  /** Null: standard output. */
  readonly out: string | null;
}

const RECORDS_PER_PIECE = 500;

/** Writes every customer in the order of their ids. Read models that are behind are said to be, and exported as they are. */
export function exportCustomers(config: Config, { format, out }: ExportRequest, output: Output): Promise<void> {
  return interruptible((signal) =>
    visitRuntime(config, async ({ store, database, dataSource }) => {
      const lagEvents = await eventsBehind(database, readModels(), await store.head());
      if (lagEvents > 0) output.say(`The read models are ${lagEvents} events behind what is known.`);
      let rows = 0;
      const count = (records: number): void => void (rows += records);
      await writePieces(pieces(everyCustomer(dataSource), format, count), out, signal);
      if (out === null) return;
      await output.result({ file: out, rows, lagEvents }, () => [`${rows} customers in ${out}`]);
    }),
  );
}

async function* pieces(
  customers: AsyncIterable<CustomerRow>,
  format: ExportFormat,
  count: (records: number) => void,
): AsyncGenerator<string> {
  const head = heading(format);
  if (head !== '') yield head;
  let records: CustomerRecord[] = [];
  for await (const row of customers) {
    const record = customerRecord(row);
    if (record !== null) records.push(record);
    if (records.length < RECORDS_PER_PIECE) continue;
    count(records.length);
    yield written(records, format);
    records = [];
  }
  if (records.length === 0) return;
  count(records.length);
  yield written(records, format);
}
