import { createHash } from 'node:crypto';
import { canonicalJson } from '@retention/customer';
import type { Fact } from '@retention/customer';
import type { Origin, ReportedFact } from './message.js';

/** Where a fact comes from that the product reports itself, and under which id. The same id always has the same content. */
export interface Reporter {
  /** Begins with `/retention/` and holds no `#`. */
  readonly source: string;
  readonly id: string;
  readonly origin: Origin;
}

type WithoutId<F> = F extends Fact ? Omit<F, 'factId'> : never;

/** A fact of the product's own, ready to be submitted. `customerId` null = it concerns the calendar. */
export function reportedFact(
  { source, id, origin }: Reporter,
  customerId: string | null,
  what: WithoutId<Fact>,
): ReportedFact {
  const factId = `${source}#${id}`;
  const fact: Fact = { ...what, factId };
  return {
    kind: 'reported',
    fact: {
      kind: 'fact',
      factId,
      identityKey: hash(`${source}\n${id}`),
      contentHash: hash(canonicalJson(fact)),
      customerId,
      loanId: null,
      fact,
      personal: null,
    },
    origin,
  };
}

const HASH_CHARACTERS = 32;

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_CHARACTERS);
}
