import { stringify } from 'csv-stringify/sync';
import type { CustomerRecord } from './customer-record.js';
import type { ExportFormat } from './export-format.js';

/** The columns of an export, in their order. */
export type Columns<R extends CustomerRecord> = readonly (keyof R & string)[];

/** The loans are left out of a table: a cell cannot hold a list of pairs, and their counts are there. */
function csvColumns<R extends CustomerRecord>(columns: Columns<R>): string[] {
  return columns.filter((column) => column !== 'loans');
}

/** What comes before the first record. */
export function heading<R extends CustomerRecord>(columns: Columns<R>, format: ExportFormat): string {
  return format === 'csv' ? `${csvColumns(columns).join(',')}\n` : '';
}

/**
 * The records as text, one a line; every line ends in a line feed. Columns and lists are written in one order: who makes a
 * record need not mind it, and equal records have equal bytes.
 */
export function written<R extends CustomerRecord>(
  records: readonly R[],
  columns: Columns<R>,
  format: ExportFormat,
): string {
  const ordered = records.map(inOrder);
  return format === 'csv' ? asCsv(ordered, columns) : ordered.map((record) => `${asJson(record, columns)}\n`).join('');
}

function inOrder<R extends CustomerRecord>(record: R): R {
  return {
    ...record,
    benefits: record.benefits.toSorted(),
    warningSignals: record.warningSignals.toSorted(),
    loans: record.loans.toSorted((one, other) => (one.loanId < other.loanId ? -1 : 1)),
  };
}

function asJson<R extends CustomerRecord>(record: R, columns: Columns<R>): string {
  return JSON.stringify(Object.fromEntries(columns.map((column) => [column, record[column]])));
}

/** A text that a spreadsheet would run as a formula gets an apostrophe in front; a number never does. */
function asCsv<R extends CustomerRecord>(records: readonly R[], columns: Columns<R>): string {
  const rows = records.map((record) => ({
    ...record,
    benefits: record.benefits.join(' '),
    warningSignals: record.warningSignals.join(' '),
  }));
  const cast = { boolean: String };
  return stringify(rows, { columns: csvColumns(columns), record_delimiter: '\n', escape_formulas: true, cast });
}
