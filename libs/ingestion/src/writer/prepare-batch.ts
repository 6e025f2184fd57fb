import type { Aggregates } from '../aggregates.js';
import type { Submission } from '../message.js';
import type { DecidedBatch } from './decide-batch.js';
import type { FactWriterOptions } from './fact-writer-options.js';
import type { Group } from './group.js';
import { knownIdentities, loanOwners, releasableFacts } from './lookups.js';
import type { OperationRecord } from './operation-record.js';
import { errorText, isOfTheProcess } from './parked.js';
import { claimsLoan } from './prepared.js';
import type { PreparedBatch, PreparedOperation, ReadItem } from './prepared.js';

export const RELEASE_FACTS_MAX = 5000;

/** What a batch on its way to the disk will have made known. */
export type InFlight = Pick<DecidedBatch, 'newIdentities' | 'newLoanOwners'>;
export const NOTHING_IN_FLIGHT: InFlight = { newIdentities: new Map(), newLoanOwners: new Map() };

/** Where a batch is looked up. */
export interface Sources extends Pick<FactWriterOptions, 'database' | 'reader'> {
  readonly aggregates: Aggregates;
  readonly record: OperationRecord;
  /** Who is parked as far as is known: they are not loaded. Whether they are, deciding finds out. */
  readonly parked: ReadonlySet<string>;
}

/** Reads a group, and looks up all that deciding it needs. */
export async function prepareBatch(sources: Sources, group: Group, inFlight: InFlight): Promise<PreparedBatch> {
  const { database, aggregates, parked } = sources;
  const { submissions, operation } = await whatIsSubmitted(sources, group);
  const due = new Set(submissions.flatMap((submission) => submission.due ?? []));
  const items = submissions.flatMap((submission) => submission.items.map((item) => readItem(sources, item)));
  const keys: string[] = [];
  const loanIds = new Set<string>();
  const customerIds = new Set<string>(due);
  for (const { read } of items) {
    if (read.kind === 'refusal') continue;
    keys.push(read.identityKey);
    if (read.customerId !== null) customerIds.add(read.customerId);
    if (read.loanId !== null && (read.customerId === null || claimsLoan(read))) loanIds.add(read.loanId);
  }
  const loaded = parked.size === 0 ? customerIds : [...customerIds].filter((customerId) => !parked.has(customerId));
  const [identities, owners, released] = await Promise.all([
    knownIdentities(database, keys),
    loanOwners(database, [...loanIds]),
    group.releaseLoans.length === 0 ? [] : releasableFacts(database, group.releaseLoans, RELEASE_FACTS_MAX),
    aggregates.load(loaded),
  ]);
  for (const [key, content] of inFlight.newIdentities) identities.set(key, content);
  for (const [loanId, owner] of inFlight.newLoanOwners) owners.set(loanId, owner);
  for (const owner of owners.values()) customerIds.add(owner);
  for (const { customerId } of released) customerIds.add(customerId);
  const advances = submissions.flatMap((submission) => submission.advances);
  return { advances, items, released, identities, loanOwners: owners, due, customerIds, operation };
}

async function whatIsSubmitted(
  { record }: Sources,
  { callers }: Group,
): Promise<{ readonly submissions: readonly Submission[]; readonly operation: PreparedOperation | null }> {
  const operation = callers[0]?.operation ?? null;
  if (operation === null) return { submissions: callers.map(({ submission }) => submission), operation };
  const [{ items, tries }, recordVersion] = await Promise.all([operation.prepare(), record.version()]);
  const due = tries === null ? [] : [tries];
  return { submissions: [{ items, advances: [], due }], operation: { operation, tries, recordVersion } };
}

function readItem({ reader }: Sources, item: Submission['items'][number]): ReadItem {
  const { origin } = item;
  if (item.kind === 'reported') return { read: item.fact, origin, message: null };
  try {
    return { read: reader.read(item.bytes, item.headers), origin, message: item };
  } catch (error) {
    if (isOfTheProcess(error)) throw error;
    // The reader promises not to throw on account of a message. One on which it does must not stop all that are behind it.
    const reason = `the product fails on reading it: ${errorText(error)}`;
    const why = { code: 'message-cannot-be-read', field: null, reason, factId: null } as const;
    return { read: { kind: 'refusal', ...why }, origin, message: item };
  }
}
