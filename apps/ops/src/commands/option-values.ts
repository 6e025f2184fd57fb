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

/** @throws UsageError unless the text is a day of the calendar, YYYY-MM-DD. */
export function businessDay(name: string, text: string): string {
  if (!isDay(text)) throw new UsageError(`${name} "${text}" is not valid; expected a day such as 2024-01-31.`);
  return text;
}

/** Whether there is such a day: `Date` would take 2024-02-30 and make it March. */
function isDay(text: string): boolean {
  const instant = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(instant) && new Date(instant).toISOString().startsWith(text);
}
