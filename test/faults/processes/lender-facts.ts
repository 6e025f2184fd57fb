import { simulateLender } from '@retention/simulation';
import type { SimulatedMessage } from '@retention/simulation';

const YEARS = 2;
/** A simulated customer reports some thirteen facts in two years; with fewer a customer the feed is long enough. */
const FACTS_A_CUSTOMER = 11;
/** A lender closes a day after a few hundred thousand facts, not after three hundred: of the closings one in ten is taken. */
const CLOSINGS_LEFT_OUT = 10;

/**
 * Different facts of a simulated lender in the order of their publication, business days closed among them; late and out
 * of order as a lender's are, each once. The same seed gives the same facts.
 */
export function* lenderFacts(facts: number, seed: number): Generator<SimulatedMessage, void> {
  const customers = Math.ceil(facts / FACTS_A_CUSTOMER);
  const lender = simulateLender({ customers, years: YEARS, seed, repeatedRate: 0, closesBusinessDays: true });
  let [given, closings] = [0, 0];
  for (const message of lender) {
    if (isClosing(message)) {
      closings += 1;
      if (closings % CLOSINGS_LEFT_OUT !== 0) continue;
    }
    yield message;
    given += 1;
    if (given === facts) return;
  }
  throw new Error(`the simulated lender reported ${given} facts only, not ${facts}`);
}

function isClosing({ line }: SimulatedMessage): boolean {
  return line.includes('"type":"lending.business-day.closed.v1"');
}

/** The id by which the product knows the fact of a line: source and id. */
export function factIdOf({ line }: Pick<SimulatedMessage, 'line'>): string {
  const { source, id } = JSON.parse(line) as { readonly source: string; readonly id: string };
  return `${source}#${id}`;
}
