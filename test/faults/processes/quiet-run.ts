import type { Runtime } from '@retention/runtime';
import { createFeedWorker } from '@retention/runtime';
import type { SimulatedMessage } from '@retention/simulation';
import { caughtUp, openProduct } from '../../support/product.js';
import { factIdOf } from './lender-facts.js';

const TOGETHER = 2000;
/** One submission is prepared while another commits. */
const AT_ONCE = 2;

export interface QuietRun {
  readonly product: Runtime;
  /** The ids of the facts that were fed. */
  readonly factIds: readonly string[];
}

/** The oracle: the same facts, each once and in order, on a database of their own, by one process that nobody disturbs. */
export async function runQuietly(url: string, facts: Iterable<SimulatedMessage>): Promise<QuietRun> {
  const product = await openProduct(url, { EVENT_STORE: 'postgres' });
  const worker = createFeedWorker(product, (follower, error) => {
    process.stderr.write(`the quiet run: ${follower}: ${String(error)}\n`);
  });
  await worker.start();
  try {
    const factIds = await feed(product, facts);
    await caughtUp(product);
    return { product, factIds };
  } catch (error) {
    await product.close();
    throw error;
  } finally {
    await worker.stop();
  }
}

async function feed({ writer }: Runtime, facts: Iterable<SimulatedMessage>): Promise<string[]> {
  const factIds: string[] = [];
  const underWay: Promise<void>[] = [];
  const submit = async (lines: readonly string[], from: number): Promise<void> => {
    const items = lines.map((line, place) => ({
      kind: 'message' as const,
      bytes: Buffer.from(line),
      origin: { door: 'file', file: 'quiet', line: from + place + 1 } as const,
    }));
    const outcomes = await writer.submit({ items, advances: [] });
    const unexpected = outcomes.find(({ status }) => status !== 'accepted' && status !== 'parked');
    if (unexpected !== undefined) throw new Error(`the quiet run: ${JSON.stringify(unexpected)}`);
  };
  let lines: string[] = [];
  for (const fact of facts) {
    factIds.push(factIdOf(fact));
    lines.push(fact.line);
    if (lines.length < TOGETHER) continue;
    underWay.push(submit(lines, factIds.length - lines.length));
    lines = [];
    if (underWay.length >= AT_ONCE) await underWay.shift();
  }
  await Promise.all([...underWay, submit(lines, factIds.length - lines.length)]);
  return factIds;
}
