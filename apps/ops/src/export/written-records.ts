import { stringify } from 'csv-stringify/sync';
import type { CustomerRecord } from './customer-record.js';
import type { ExportFormat } from './export-format.js';

/** The loans are left out: a cell cannot hold a list, and their counts are there. */
const CSV_COLUMNS = [
  'customerId',
  'registeredOn',
  'kind',
  'branchId',
  'officerId',
  'region',
  'industry',
  'channel',
  'referrerId',
  'points',
  'tier',
  'benefits',
  'loansDisbursed',
  'loansActive',
  'parkedFacts',
  'setAsideFacts',
] as const satisfies readonly (keyof CustomerRecord)[];

/** What comes before the first record. */
export function heading(format: ExportFormat): string {
  return format === 'csv' ? `${CSV_COLUMNS.join(',')}\n` : '';
}

/** The records as text, one a line; every line ends in a line feed. */
export function written(records: readonly CustomerRecord[], format: ExportFormat): string {
  return format === 'csv' ? asCsv(records) : records.map((record) => `${JSON.stringify(record)}\n`).join('');
}

/** A text that a spreadsheet would run as a formula gets an apostrophe in front; a number never does. */
function asCsv(records: readonly CustomerRecord[]): string {
  const rows = records.map((record) => ({ ...record, benefits: record.benefits.join(' ') }));
  return stringify(rows, { columns: [...CSV_COLUMNS], record_delimiter: '\n', escape_formulas: true });
}
