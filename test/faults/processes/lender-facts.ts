import { simulateLender } from '@retention/simulation';
import type { SimulatedMessage } from '@retention/simulation';

const YEARS = 2;
/** A simulated customer reports some thirteen facts in two years; with fewer a customer the feed is long enough. */
const FACTS_A_CUSTOMER = 11;
/** A lender closes a day after a few hundred thousand facts, not after three hundred: of the closings one in ten is taken. */
const CLOSINGS_LEFT_OUT = 10;

/**
 * Different facts of a simulated lender in the order of their publication, business days closed among them; late and out
 * of order as a lender's are, each once. The last closes the day all others have happened by. The same seed gives the same
 * facts.
 */
export function* lenderFacts(facts: number, seed: number): Generator<SimulatedMessage, void> {
  const customers = Math.ceil(facts / FACTS_A_CUSTOMER);
  const lender = simulateLender({ customers, years: YEARS, seed, repeatedRate: 0, closesBusinessDays: true });
  let [given, closings] = [0, 0];
  for (const message of lender) {
    const isLast = given === facts - 1;
    if (isClosing(message)) {
      closings += 1;
      if (!isLast && closings % CLOSINGS_LEFT_OUT !== 0) continue;
    } else if (isLast) continue;
    yield message;
    given += 1;
    if (given === facts) return;
  }
  throw new Error(`the simulated lender reported ${given} facts only, not ${facts}`);
}

function isClosing({ line }: Pick<SimulatedMessage, 'line'>): boolean {
  return line.includes('"type":"lending.business-day.closed.v1"');
}

/** The day a line closes, `YYYY-MM-DD`; null when it closes none. */
export function closedDayOf(message: Pick<SimulatedMessage, 'line'>): string | null {
  return isClosing(message) ? (JSON.parse(message.line) as { readonly data: { readonly day: string } }).data.day : null;
}

/** The id by which the product knows the fact of a line: source and id. */
export function factIdOf({ line }: Pick<SimulatedMessage, 'line'>): string {
  const { source, id } = JSON.parse(line) as { readonly source: string; readonly id: string };
  return `${source}#${id}`;
}
