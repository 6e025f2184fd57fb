import type { FeedEvent, Poison, Projection, Transaction } from './projection.js';

/** More streams than that in one batch, and it is no fault of theirs: a release or a schema that fails on everybody. */
const FAILING_STREAMS_MAX = 10;

/**
 * Applies the events stream by stream, and those of a stream that fails one by one: what cannot be written of one customer
 * is poison as what cannot be folded is, and all others go on. Slow; for a batch that has failed as a whole.
 * @throws what failed when it is no fault of the events, or of too many streams.
 */
export async function applyApart(
  projection: Projection,
  events: readonly FeedEvent[],
  transaction: Transaction,
): Promise<readonly Poison[]> {
  const streams = new Map<string, FeedEvent[]>();
  for (const event of events) {
    const known = streams.get(event.streamId);
    if (known === undefined) streams.set(event.streamId, [event]);
    else known.push(event);
  }
  const poison: Poison[] = [];
  let failing = 0;
  for (const stream of streams.values()) {
    const found = await applyOrUndo(projection, stream, transaction);
    if (found.error === undefined) {
      poison.push(...found.poison);
      continue;
    }
    failing += 1;
    if (failing > FAILING_STREAMS_MAX) throw found.error;
    poison.push(...(await firstPoison(projection, stream, transaction)));
  }
  return poison;
}

async function firstPoison(
  projection: Projection,
  stream: readonly FeedEvent[],
  transaction: Transaction,
): Promise<readonly Poison[]> {
  for (const event of stream) {
    const { poison, error } = await applyOrUndo(projection, [event], transaction);
    if (error !== undefined) return [{ event, error }];
    if (poison.length > 0) return poison;
  }
  return [];
}

/** `error` is what failed of the data, and then nothing of the events is applied. */
async function applyOrUndo(
  projection: Projection,
  events: readonly FeedEvent[],
  transaction: Transaction,
): Promise<{ readonly poison: readonly Poison[]; readonly error?: Error }> {
  await transaction.query('SAVEPOINT apart');
  try {
    const poison = await projection.apply(events, transaction);
    await transaction.query('RELEASE SAVEPOINT apart');
    return { poison };
  } catch (error) {
    projection.forget();
    if (!isOfTheData(error)) throw error;
    await transaction.query('ROLLBACK TO SAVEPOINT apart');
    return { poison: [], error };
  }
}

/** By name: errors of Node itself are of other classes in a specification. */
const FAULTS_OF_DATA = new Set(['TypeError', 'RangeError', 'SyntaxError']);
/** SQLSTATE: data exceptions and violated constraints. All else may pass, or is a fault of the database. */
const STATES_OF_DATA = /^2[23]\w{3}$/;

export function isOfTheData(error: unknown): error is Error {
  if (!(error instanceof Object)) return false;
  const { name, code } = error as { readonly name?: unknown; readonly code?: unknown };
  return FAULTS_OF_DATA.has(String(name)) || (typeof code === 'string' && STATES_OF_DATA.test(code));
}
