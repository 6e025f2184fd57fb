import { customerOf, parkedCustomers } from '@retention/ingestion';
import type { ParkedCustomer } from '@retention/ingestion';
import type { Config } from '@retention/platform';
import { parkedStreams } from '@retention/projections';
import type { ParkedStream } from '@retention/projections';
import { readModels } from '@retention/read-models';
import type { Output } from '../terminal/output.js';
import { shortened, table } from '../terminal/text.js';
import { visitRuntime } from '../visit-runtime.js';
import { describeOrigin } from './describe-origin.js';

const ERROR_CHARACTERS = 100;

export interface ParkedRequest {
  /** Customers who cannot be decided. */
  readonly customers: boolean;
  /** Customers a read model stands still on. */
  readonly streams: boolean;
  /** Of each. */
  readonly limit: number;
  /** Only customers after this one; null = from the first. */
  readonly afterCustomerId: string | null;
  /** Only streams after this one; null = from the first. */
  readonly afterStream: { readonly projection: string; readonly streamId: string } | null;
}

export function listParked(config: Config, request: ParkedRequest, output: Output): Promise<void> {
  return visitRuntime(config, async ({ database }) => {
    const { limit, afterCustomerId, afterStream } = request;
    const customers = request.customers ? await parkedCustomers(database, { afterCustomerId, limit }) : [];
    const streams = request.streams ? await parkedStreams(database, readModels(), { after: afterStream, limit }) : [];
    const lastStream = streams.length < limit ? undefined : streams.at(-1);
    const next = {
      customer: customers.length < limit ? null : (customers.at(-1)?.customerId ?? null),
      stream: lastStream === undefined ? null : `${lastStream.projection}/${customerIn(lastStream)}`,
    };
    await output.result({ parkedCustomers: customers, parkedStreams: streams, next }, () => [
      ...(request.customers ? describeCustomers(customers, next.customer) : []),
      ...(request.customers && request.streams ? [''] : []),
      ...(request.streams ? describeStreams(streams, next.stream) : []),
    ]);
  });
}

function describeCustomers(customers: readonly ParkedCustomer[], next: string | null): string[] {
  if (customers.length === 0) return ['No customer is parked: everybody can be decided.'];
  const rows = customers.map(({ customerId, since, failures, letters, origin, error }) => [
    customerId,
    second(since),
    String(failures),
    String(letters),
    origin === null ? '' : describeOrigin(origin),
    shortened(error, ERROR_CHARACTERS),
  ]);
  return [
    ...table(['cannot be decided', 'since', 'tried', 'kept facts', 'first from', 'error'], rows),
    ...(next === null ? [] : [`There may be more: --customers --after ${next}`]),
  ];
}

function describeStreams(streams: readonly ParkedStream[], next: string | null): string[] {
  if (streams.length === 0) return ['No read model stands still on a customer.'];
  const rows = streams.map((stream) => [
    customerIn(stream),
    stream.projection,
    second(stream.since),
    `${stream.shard}/${stream.position}`,
    shortened(stream.error, ERROR_CHARACTERS),
  ]);
  return [
    ...table(['does not show', 'in', 'since', 'from event', 'error'], rows),
    ...(next === null ? [] : [`There may be more: --streams --after ${next}`]),
  ];
}

const customerIn = ({ streamId }: ParkedStream): string => customerOf(streamId) ?? streamId;
const second = (time: Date): string => time.toISOString().slice(0, 19);
