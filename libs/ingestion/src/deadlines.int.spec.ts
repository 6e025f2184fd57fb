import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  chunksOf,
  dayClosed,
  disbursed,
  registered,
  repaid,
  settled,
  shuffled,
} from './writer/lender-lines.spec-support.js';
import { canonicalOf, openIngestionForSpec, whatFollows } from './writer/writer-for-spec.spec-support.js';
import type { IngestionForSpec, WriterForSpec } from './writer/writer-for-spec.spec-support.js';

const CUSTOMERS = 40;
const DAY_MS = 86_400_000;

let ingestion: IngestionForSpec;
beforeEach(async () => {
  ingestion = await openIngestionForSpec();
});
afterEach(() => ingestion.close());

function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Two loans, each three months long and settled before or after its end. */
function storyOf(customerId: string, no: number): string[] {
  const first = dayAfter('2021-01-10', no * 3);
  return [
    registered(customerId),
    ...[0, 1].flatMap((loan) => {
      const loanId = `${customerId}-L${loan}`;
      const on = dayAfter(first, loan * (130 + no));
      return [
        disbursed(loanId, customerId, on, { maturesOn: dayAfter(on, 91) }),
        repaid(loanId, 1, {}, dayAfter(on, 30)),
        repaid(loanId, 2, {}, dayAfter(on, 60)),
        settled(loanId, dayAfter(on, 70 + (no % 40))),
      ];
    }),
  ];
}

async function decideAllDue({ writer }: WriterForSpec): Promise<void> {
  while ((await writer.decideDue()) > 0);
}

describe('the day that is kept for a customer', () => {
  it.each([1, 2])('is never too late, whichever of two writers takes facts and decides (seed %i)', async (seed) => {
    const customerIds = Array.from({ length: CUSTOMERS }, (_, no) => `C-${String(no).padStart(2, '0')}`);
    const lines = customerIds.flatMap(storyOf);
    const [one, other] = [await ingestion.open(), await ingestion.open()];
    let day = '2021-02-01';
    let turn = 0;
    for (const some of chunksOf(shuffled(lines, seed), 12)) {
      await (turn % 3 === 0 ? other : one).submit(some);
      turn += 1;
      day = dayAfter(day, 13);
      if (turn % 2 === 0) await one.submit([dayClosed(day)]);
      // One who sends facts does not decide: what the other has decided is not known to them.
      if (turn % 4 === 1) await decideAllDue(other);
    }
    day = dayAfter(day, 30);
    await one.submit([dayClosed(day)]);
    await decideAllDue(other);
    expect(await canonicalOf(ingestion.store, customerIds)).toEqual(whatFollows(lines, day));
  });
});
