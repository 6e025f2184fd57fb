import { stringify } from 'csv-stringify/sync';
import { RECORD_COLUMNS } from './customer-record.js';
import type { CustomerRecord } from './customer-record.js';
import type { ExportFormat } from './export-format.js';

/** The loans are left out: a cell cannot hold a list of pairs, and their counts are there. */
const CSV_COLUMNS = RECORD_COLUMNS.filter((column) => column !== 'loans');

/** What comes before the first record. */
export function heading(format: ExportFormat): string {
  return format === 'csv' ? `${CSV_COLUMNS.join(',')}\n` : '';
}

/**
 * The records as text, one a line; every line ends in a line feed. Columns and lists are written in one order: who makes a
 * record need not mind it, and equal records have equal bytes.
 */
export function written(records: readonly CustomerRecord[], format: ExportFormat): string {
  const ordered = records.map(inOrder);
  return format === 'csv' ? asCsv(ordered) : ordered.map((record) => `${asJson(record)}\n`).join('');
}

function inOrder(record: CustomerRecord): CustomerRecord {
  return {
    ...record,
    benefits: record.benefits.toSorted(),
    warningSignals: record.warningSignals.toSorted(),
    loans: record.loans.toSorted((one, other) => (one.loanId < other.loanId ? -1 : 1)),
  };
}

function asJson(record: CustomerRecord): string {
  return JSON.stringify(Object.fromEntries(RECORD_COLUMNS.map((column) => [column, record[column]])));
}

/** A text that a spreadsheet would run as a formula gets an apostrophe in front; a number never does. */
function asCsv(records: readonly CustomerRecord[]): string {
  const rows = records.map((record) => ({
    ...record,
    benefits: record.benefits.join(' '),
    warningSignals: record.warningSignals.join(' '),
  }));
  const cast = { boolean: String };
  return stringify(rows, { columns: [...CSV_COLUMNS], record_delimiter: '\n', escape_formulas: true, cast });
}
