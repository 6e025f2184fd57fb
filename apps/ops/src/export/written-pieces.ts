import type { CustomerRecord } from './customer-record.js';
import type { ExportFormat } from './export-format.js';
import { heading, written } from './written-records.js';
import type { Columns } from './written-records.js';

const RECORDS_PER_PIECE = 500;

/** The whole export as text, a piece at a time; `count` is told how many records each piece holds. */
export async function* writtenPieces<R extends CustomerRecord>(
  records: AsyncIterable<R>,
  columns: Columns<R>,
  format: ExportFormat,
  count: (records: number) => void,
): AsyncGenerator<string> {
  const head = heading(columns, format);
  if (head !== '') yield head;
  let piece: R[] = [];
  for await (const record of records) {
    piece.push(record);
    if (piece.length < RECORDS_PER_PIECE) continue;
    count(piece.length);
    yield written(piece, columns, format);
    piece = [];
  }
  if (piece.length === 0) return;
  count(piece.length);
  yield written(piece, columns, format);
}
