import type { BusinessDay } from '@retention/customer';
import { customersAsOf } from '@retention/history';
import type { Archive } from '@retention/history';
import { dueCustomerCount, readGovernance } from '@retention/ingestion';
import type { Config } from '@retention/platform';
import { eventsBehind } from '@retention/projections';
import { everyCustomer, readModels } from '@retention/read-models';
import type { Runtime } from '@retention/runtime';
import { interruptible } from '../terminal/interruption.js';
import type { Output } from '../terminal/output.js';
import { writePieces } from '../terminal/write-pieces.js';
import { visitRuntime } from '../visit-runtime.js';
import { RECORD_COLUMNS } from './customer-record.js';
import type { ExportFormat } from './export-format.js';
import { customerRecords } from './record-of-row.js';
import { AS_OF_COLUMNS, asOfRecord } from './record-of-state.js';
import type { AsOfRecord } from './record-of-state.js';
import { writtenPieces } from './written-pieces.js';

export interface ExportRequest {
  readonly format: ExportFormat;
  /** Null: standard output. */
  readonly out: string | null;
  /** The business day at whose end the customers are shown; null = as the read models have them. */
  readonly asOf: BusinessDay | null;
}

/** Writes every customer in the order of their ids, as they stand or as of a business day. */
export function exportCustomers(config: Config, request: ExportRequest, output: Output): Promise<void> {
  const { asOf } = request;
  return interruptible((signal) =>
    visitRuntime(config, (runtime) =>
      asOf === null
        ? exportStanding(runtime, request, signal, output)
        : exportAsOf(runtime, asOf, request, signal, output),
    ),
  );
}

/** Customers still to be decided and read models that are behind are said to be, and exported as they are. */
async function exportStanding(
  { store, database, dataSource }: Runtime,
  { format, out }: ExportRequest,
  signal: AbortSignal,
  output: Output,
): Promise<void> {
  const customersDue = await dueCustomerCount(database);
  if (customersDue > 0) output.say(`${customersDue} customers are still to be decided for the days that are closed.`);
  const lagEvents = await eventsBehind(database, readModels(), await store.head());
  if (lagEvents > 0) output.say(`The read models are ${lagEvents} events behind what is known.`);
  const rows = counter();
  const records = customerRecords(everyCustomer(dataSource));
  await writePieces(writtenPieces(records, RECORD_COLUMNS, format, rows.count), out, signal);
  if (out === null) return;
  const result = { file: out, rows: rows.counted(), customersDue, lagEvents };
  await output.result(result, () => [`${result.rows} customers in ${out}`]);
}

/** Folds the facts up to the day; read models and closed days do not matter. */
async function exportAsOf(
  { store, database }: Runtime,
  asOf: BusinessDay,
  { format, out }: ExportRequest,
  signal: AbortSignal,
  output: Output,
): Promise<void> {
  const { book } = await readGovernance(database, store);
  const rows = counter();
  const records = asOfRecords({ store, database, book }, asOf);
  const columns = [...RECORD_COLUMNS, ...AS_OF_COLUMNS] as const;
  await writePieces(writtenPieces(records, columns, format, rows.count), out, signal);
  if (out === null) return;
  const result = { file: out, rows: rows.counted(), asOf };
  await output.result(result, () => [`${result.rows} customers as of ${asOf} in ${out}`]);
}

async function* asOfRecords(archive: Archive, day: BusinessDay): AsyncGenerator<AsOfRecord> {
  for await (const state of customersAsOf(archive, day)) {
    const record = asOfRecord(state, day, archive.book);
    if (record !== null) yield record;
  }
}

function counter(): { readonly count: (records: number) => void; readonly counted: () => number } {
  let counted = 0;
  return { count: (records) => void (counted += records), counted: () => counted };
}
