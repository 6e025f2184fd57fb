import { parkedCustomer, retryParkedCustomer, streamOf } from '@retention/ingestion';
import type { OperatorNote, RetriedCustomer } from '@retention/ingestion';
import type { Config } from '@retention/platform';
import { retryParkedStream } from '@retention/projections';
import type { StreamRetry } from '@retention/projections';
import { readModels, standstillsOf } from '@retention/read-models';
import type { Runtime } from '@retention/runtime';
import { OpsFailure } from '../terminal/failure.js';
import type { Output } from '../terminal/output.js';
import { printable } from '../terminal/text.js';
import { visitRuntime } from '../visit-runtime.js';
import { NOTHING_DONE } from './operate-dead-letter.js';
import { operatorNote } from './operator-note.js';
import type { Operation } from './operator-note.js';
import { operate } from './refused-operation.js';

export interface ParkedRetry extends Operation {
  readonly customerId: string;
  /** Has them decided, with the facts kept for them. */
  readonly customers: boolean;
  /** Has the read models that stand still on them take up their events. */
  readonly streams: boolean;
}

interface Retried {
  readonly customer: RetriedCustomer | null;
  readonly streams: readonly StreamRetry[];
}

/**
 * Tries again what is parked of a customer: first what decides them, then what shows them.
 * @throws UsageError for a note that cannot be kept; OpsFailure when nothing of them is parked, and when something fails again.
 */
export async function retryParked(config: Config, retry: ParkedRetry, output: Output): Promise<void> {
  const note = operatorNote(retry);
  const { customerId, isDryRun } = retry;
  await visitRuntime(config, async (runtime) => {
    const retried = await tryAgain(runtime, retry, note);
    await output.result({ ...retried, isDryRun }, () => [
      ...(retried.customer === null ? [] : describeCustomer(retried.customer, isDryRun)),
      ...retried.streams.map((stream) => describeStream(stream, customerId, isDryRun)),
      isDryRun ? NOTHING_DONE : `By ${printable(note.by)}: ${printable(note.because)}`,
    ]);
    const isMended = retried.customer?.isDecided !== false && retried.streams.every(({ failure }) => failure === null);
    if (!isDryRun && !isMended) throw new OpsFailure(`Something of ${customerId} is parked still.`);
  });
}

async function tryAgain(runtime: Runtime, retry: ParkedRetry, note: OperatorNote): Promise<Retried> {
  const { writer, database, dataSource } = runtime;
  const { customerId, isDryRun } = retry;
  const [streamId, dryRun] = [streamOf(customerId), { dryRun: isDryRun }];
  const isParked = retry.customers && (await parkedCustomer(database, customerId)) !== null;
  const customer = isParked
    ? await operate(() => retryParkedCustomer(writer, database, customerId, note, dryRun))
    : null;
  const streams: StreamRetry[] = [];
  for (const { projection: name } of retry.streams ? await standstillsOf(dataSource, streamId) : []) {
    const projection = readModels().find((one) => one.name === name);
    if (projection === undefined) continue;
    streams.push(await operate(() => retryParkedStream(runtime, projection, streamId, note, dryRun)));
  }
  if (customer === null && streams.length === 0) throw new OpsFailure(nothingParked(retry));
  return { customer, streams };
}

function nothingParked({ customerId, customers, streams }: ParkedRetry): string {
  return [
    ...(customers ? [`Customer ${customerId} is not parked.`] : []),
    ...(streams ? [`No read model stands still on ${customerId}.`] : []),
  ].join(' ');
}

function describeCustomer({ customer, isDecided, error, letters }: RetriedCustomer, isDryRun: boolean): string[] {
  const { customerId } = customer;
  if (!isDecided) {
    return [`${customerId} ${isDryRun ? 'could still not' : 'still cannot'} be decided: ${printable(error ?? '')}`];
  }
  return [
    `${customerId} ${isDryRun ? 'could be' : 'is'} decided again, with ${letters.length} facts that were kept:`,
    ...letters.map(({ id, factId, outcome }) => `  dead letter ${id}: ${outcome.status}, ${printable(factId ?? '')}`),
  ];
}

function describeStream({ projection, events, failure }: StreamRetry, customerId: string, isDryRun: boolean): string {
  const [applied, on, still] = isDryRun
    ? ['could be applied', 'would go on', 'would stand still']
    : ['were applied', 'goes on', 'stands still'];
  const so = `${events} events ${applied}`;
  return failure === null
    ? `Read model ${projection}: ${so}, and it ${on} with ${customerId}.`
    : `Read model ${projection}: ${so}, and it ${still} on ${customerId}: ${printable(failure)}`;
}
