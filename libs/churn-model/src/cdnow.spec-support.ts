import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, it } from '@jest/globals';
import type { LoanHistory } from '@retention/customer';

const FOLDER = fileURLToPath(new URL('../../../../shared/data/cdnow/', import.meta.url));

/** The sample of Fader & Hardie: 2,357 customers whose first purchase was in the first quarter of 1997. */
export interface Cdnow {
  /** The days each customer bought on, in the order of `summary`. */
  readonly purchaseDays: readonly (readonly string[])[];
  /** Published, in weeks and rounded to two decimals. */
  readonly summary: readonly LoanHistory[];
  readonly golden: {
    readonly params: { readonly r: number; readonly alpha: number; readonly a: number; readonly b: number };
    readonly cases: readonly GoldenCase[];
  };
}

export interface GoldenCase {
  readonly x: number;
  readonly t_x: number;
  readonly T: number;
  readonly p_alive: number;
  readonly expected_39w: number;
}

/** A block over the CDNOW sample. It is no part of the product: without it the block is skipped, loudly. */
export function describeWithCdnow(name: string, block: (data: Cdnow) => void): void {
  if (!existsSync(`${FOLDER}CDNOW_sample.txt`)) {
    process.stderr.write(`\nNOT CHECKED: ${name}: the CDNOW sample is not here (${FOLDER})\n`);
    it.skip(`${name} (the CDNOW sample is not here)`, () => undefined);
    return;
  }
  describe(name, () => {
    block({
      purchaseDays: purchaseDays(),
      summary: summary(),
      golden: JSON.parse(read('bgnbd_golden.json')) as Cdnow['golden'],
    });
  });
}

const read = (file: string): string => readFileSync(`${FOLDER}${file}`, 'utf8');
const lines = (file: string): string[] => read(file).trim().split('\n');

/** The columns are the id in the full data, the id in the sample, yyyymmdd, the number of CDs and dollars. */
function purchaseDays(): string[][] {
  const days = new Map<string, string[]>();
  for (const line of lines('CDNOW_sample.txt')) {
    const [, customer = '', date = ''] = line.trim().split(/\s+/);
    const day = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6, 8)}`;
    days.set(customer, [...(days.get(customer) ?? []), day]);
  }
  return [...days.entries()].sort(([left], [right]) => Number(left) - Number(right)).map(([, dates]) => dates);
}

function summary(): LoanHistory[] {
  const [, ...rows] = lines('cdnow_customers_summary.csv');
  return rows.map((row) => {
    const [, repeats, recency, age] = row.split(',').map(Number);
    return { repeats: repeats!, recency: recency!, age: age! };
  });
}
