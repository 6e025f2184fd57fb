import type { IncomingFact } from '@retention/contracts';
import type { NewEvent } from '@retention/event-store';
import type { Governance } from '../governance.js';
import type { Outcome } from '../message.js';
import type { PendingFact, PersonalStatement } from './companions.js';
import { letterOf } from './dead-letters.js';
import type { DeadLetter } from './dead-letters.js';
import { keptLetter, keptOutcome } from './parked.js';
import { claimsLoan } from './prepared.js';
import type { PreparedBatch, ReadItem, Reason } from './prepared.js';

/** A fact on its way into its customer's stream. */
export interface Accepted {
  readonly incoming: Pick<IncomingFact, 'fact' | 'factId'>;
  readonly origin: string;
  /** Place among the items; null for a fact that leaves the waiting room. */
  readonly index: number | null;
  /** In the waiting room or among the identities. */
  readonly key: string;
}

/** What a batch brings, given to those it is for: the part of its decision that no customer's state has a say in. */
export class Reception {
  readonly outcomes: Outcome[] = [];
  readonly deadLetters: DeadLetter[] = [];
  readonly identities = new Map<string, string>();
  readonly owners = new Map<string, string>();
  readonly pending: PendingFact[] = [];
  readonly personal: PersonalStatement[] = [];
  readonly byCustomer = new Map<string, Accepted[]>();
  readonly calendar: NewEvent[] = [];
  /** Whether anything is kept because its customer is parked. */
  keepsForParked = false;
  closedDay: string;

  constructor(
    private readonly batch: PreparedBatch,
    private readonly governing: Governance,
  ) {
    this.closedDay = governing.closedDay;
  }

  receiveAll(): void {
    this.batch.items.forEach((item, index) => {
      this.outcomes.push(this.receive(item, index));
    });
    for (const { customerId, key, fact, origin } of this.batch.released) {
      if (this.isParked(customerId)) continue;
      const incoming = { fact, factId: fact.factId };
      this.give(customerId, { incoming, origin: JSON.stringify(origin), index: null, key });
    }
  }

  /** Whose facts are not let in; one who is tried again is as any other. */
  isParked(customerId: string): boolean {
    return this.governing.parked.has(customerId) && this.batch.operation?.tries !== customerId;
  }

  private receive(item: ReadItem, index: number): Outcome {
    const { read } = item;
    if (read.kind === 'refusal') return this.refuse(item, read);
    const known = this.identities.get(read.identityKey) ?? this.batch.identities.get(read.identityKey);
    if (known !== undefined) return this.meetAgain(item, read, known);
    const owner = read.loanId === null ? undefined : this.ownerOf(read.loanId);
    if (claimsLoan(read) && owner !== undefined && owner !== read.customerId) {
      return this.refuse(item, {
        code: 'loan-of-another-customer',
        field: 'data.customerId',
        reason: `loan ${read.loanId} is another customer's; the first claim stands`,
        factId: read.factId,
      });
    }
    // The first claim stands, though its customer be parked: what follows of the loan is then kept behind it.
    if (claimsLoan(read) && owner === undefined) this.owners.set(read.loanId, read.customerId);
    const customerId = read.customerId ?? owner;
    if (customerId !== undefined && this.isParked(customerId)) return this.keep(item, read, customerId);
    this.identities.set(read.identityKey, read.contentHash);
    return this.route(item, read, customerId, index);
  }

  private route(item: ReadItem, read: IncomingFact, customerId: string | undefined, index: number): Outcome {
    const { factId, identityKey: key } = read;
    const origin = JSON.stringify(item.origin);
    if (read.fact.type === 'business-day-closed') {
      const { day } = read.fact;
      this.calendar.push({ type: read.fact.type, payload: JSON.stringify(read.fact), origin });
      if (day > this.closedDay) this.closedDay = day;
      return { status: 'accepted', factId };
    }
    if (customerId !== undefined) {
      if (read.personal !== null) this.personal.push({ incoming: read, customerId });
      this.give(customerId, { incoming: read, origin, index, key });
      return { status: 'accepted', factId };
    }
    if (read.loanId === null) throw new Error(`${read.fact.type} names neither customer nor loan`);
    this.pending.push({ incoming: read, loanId: read.loanId, origin: item.origin });
    return { status: 'parked', factId };
  }

  private ownerOf(loanId: string): string | undefined {
    return this.owners.get(loanId) ?? this.batch.loanOwners.get(loanId);
  }

  private give(customerId: string, accepted: Accepted): void {
    const others = this.byCustomer.get(customerId);
    if (others === undefined) this.byCustomer.set(customerId, [accepted]);
    else others.push(accepted);
  }

  /** No identity is kept: the same message, sent again when its customer can be decided, is new. */
  private keep(item: ReadItem, read: IncomingFact, customerId: string): Outcome {
    this.keepsForParked = true;
    this.deadLetters.push(keptLetter(item, read, customerId));
    return keptOutcome(read.factId, customerId);
  }

  private meetAgain(item: ReadItem, read: IncomingFact, knownContent: string): Outcome {
    if (knownContent === read.contentHash) return { status: 'duplicate', factId: read.factId };
    const outcome = this.refuse(item, {
      code: 'conflicting-duplicate',
      field: 'id',
      reason: 'a fact with this source and id is known with other content; the first stands',
      factId: read.factId,
    });
    return { ...outcome, status: 'conflicting-duplicate' } as Outcome;
  }

  private refuse(item: ReadItem, why: Reason): Outcome {
    const { code, field, reason, factId } = why;
    this.deadLetters.push(letterOf(item, why));
    return { status: 'refused', code, field, reason, factId };
  }
}
