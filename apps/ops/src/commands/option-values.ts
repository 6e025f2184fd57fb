import { UsageError } from '../terminal/failure.js';

/** Rows a list shows at once. */
export const LIST_ROWS = 50;
const LIST_ROWS_MAX = 1_000;

/** @throws UsageError unless the text is a whole number from 1 to 1000. */
export function rowLimit(text: string): number {
  const rows = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (rows < 1 || rows > LIST_ROWS_MAX) {
    throw new UsageError(`--limit "${text}" is not valid; expected a whole number from 1 to ${LIST_ROWS_MAX}.`);
  }
  return rows;
}

/** @throws UsageError unless the text has the form; `expected` says it in words. */
export function valueOfForm(name: string, text: string, form: RegExp, expected: string): string {
  if (!form.test(text)) throw new UsageError(`${name} "${text}" is not valid; expected ${expected}.`);
  return text;
}
